import { Injectable } from '@nestjs/common';

/**
 * Whose clock paces: the database's, which all workers share. A test puts another in its place.
 */
@Injectable()
export class PacingTime {
  /** null: the database's own clock. */
  now(): Date | null {
    return null;
  }
}
