import { Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { Database } from '#database';

/** Who did what to what, when. Never holds personal data: subjects are ids. */
@Injectable()
export class AuditTrail {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  async record(
    actor: string,
    action: string,
    subject: string,
    detail: Record<string, unknown>,
  ): Promise<void> {
    await this.db.query(
      'INSERT INTO audit_event (at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5)',
      [this.clock.now(), actor, action, subject, JSON.stringify(detail)],
    );
  }
}
