import { type LawPack } from '../law-pack.js';
import { strict } from './strict.js';

/** Every version of every pack. The strict default stands for countries that no other pack names. */
export const lawPacks: readonly LawPack[] = [...strict];
