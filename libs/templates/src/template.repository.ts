import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, type PageRequest } from '#database';
import { IsNull, MoreThan } from 'typeorm';
import { type Person, type SenderIdentity } from './person.js';
import { Template, TemplateVersion } from './template.entity.js';

@Injectable()
export class TemplateRepository {
  constructor(private readonly db: Database) {}

  async insert(template: Omit<Template, 'id'>): Promise<Template> {
    const templates = this.db.repository(Template);
    return templates.save(templates.create(template));
  }

  find(id: number): Promise<Template | null> {
    return this.db.repository(Template).findOneBy({ id });
  }

  isNamed(name: string): Promise<boolean> {
    return this.db.repository(Template).existsBy({ name });
  }

  list({ limit, cursor }: PageRequest): Promise<Template[]> {
    const after = decodeCursor(cursor);
    return this.db.repository(Template).find({
      where: after === null ? {} : { id: MoreThan(after) },
      order: { id: 'ASC' },
      take: limit + 1,
    });
  }

  /** Edits of a template run one after another: each looks at the newest version and may add the next. */
  lock(id: number): Promise<Template | null> {
    return this.db.repository(Template).findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  async rename(id: number, name: string, at: Date): Promise<void> {
    await this.db.repository(Template).update({ id }, { name, updatedAt: at });
  }

  async delete(id: number): Promise<void> {
    await this.db.repository(Template).delete({ id });
  }

  async insertVersion(version: Omit<TemplateVersion, 'id'>): Promise<TemplateVersion> {
    const versions = this.db.repository(TemplateVersion);
    return versions.save(versions.create(version));
  }

  /** @returns false when the version is used by now, or gone. */
  async replaceVersion(
    id: number,
    change: Pick<TemplateVersion, 'content' | 'defaultLocale'>,
  ): Promise<boolean> {
    const result = await this.db
      .repository(TemplateVersion)
      .update({ id, usedAt: IsNull() }, change as never);
    return (result.affected ?? 0) > 0;
  }

  findVersion(id: number): Promise<TemplateVersion | null> {
    return this.db.repository(TemplateVersion).findOneBy({ id });
  }

  findNumber(templateId: number, number: number): Promise<TemplateVersion | null> {
    return this.db.repository(TemplateVersion).findOneBy({ templateId, number });
  }

  newest(templateId: number): Promise<TemplateVersion | null> {
    return this.db.repository(TemplateVersion).findOne({ where: { templateId }, order: { number: 'DESC' } });
  }

  /** By id, which grows with the number. */
  versions(templateId: number, { limit, cursor }: PageRequest): Promise<TemplateVersion[]> {
    const after = decodeCursor(cursor);
    return this.db.repository(TemplateVersion).find({
      where: { templateId, ...(after === null ? {} : { id: MoreThan(after) }) },
      order: { id: 'ASC' },
      take: limit + 1,
    });
  }

  async isUsed(templateId: number): Promise<boolean> {
    // FOR UPDATE: a launch that marks a version used right now is waited for.
    const rows = await this.db.query<{ used: boolean }>(
      'SELECT used_at IS NOT NULL AS used FROM template_version WHERE template_id = $1 FOR UPDATE',
      [templateId],
    );
    return rows.some(row => row.used);
  }

  /** The first use counts; a used version may not be touched again. */
  async markUsed(versionId: number, at: Date): Promise<boolean> {
    const result = await this.db
      .repository(TemplateVersion)
      .update({ id: versionId, usedAt: IsNull() }, { usedAt: at });
    return (result.affected ?? 0) > 0;
  }

  /** A contact as a template sees them. */
  person(contactId: number): Promise<Person | null> {
    return this.db.queryOne<Person>(
      `SELECT first_name AS "firstName", last_name AS "lastName", email, phone, locale, country, attributes
         FROM contact WHERE id = $1`,
      [contactId],
    );
  }

  sender(senderId: number): Promise<SenderIdentity | null> {
    return this.db.queryOne<SenderIdentity>(
      `SELECT legal_name AS "legalName", trading_name AS "tradingName",
              registration_number AS "registrationNumber", registration_place AS "registrationPlace",
              registered_address AS "registeredAddress", contact_email AS "contactEmail", phone, website,
              privacy_url AS "privacyUrl", default_locale AS "defaultLocale", time_zone AS "timeZone",
              (SELECT jsonb_agg(jsonb_build_object('question', question, 'answer', answer, 'url', url) ORDER BY seq)
                 FROM sender_faq WHERE sender_id = sender.id) AS faq
         FROM sender WHERE id = $1`,
      [senderId],
    );
  }
}
