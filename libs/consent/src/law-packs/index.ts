import { type LawPack } from '../law-pack.js';
import { ae } from './ae.js';
import { ca } from './ca.js';
import { eg } from './eg.js';
import { eu } from './eu.js';
import { fr } from './fr.js';
import { gb } from './gb.js';
import { sa } from './sa.js';
import { strict } from './strict.js';
import { us } from './us.js';

/** Every version of every pack. The strict default stands for countries that no other pack names. */
export const lawPacks: readonly LawPack[] = [
  ...gb,
  ...eu,
  ...fr,
  ...us,
  ...ca,
  ...sa,
  ...ae,
  ...eg,
  ...strict,
];
