import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, type PageRequest } from '#database';
import { MoreThan } from 'typeorm';
import { type FormWording } from './form-wording.js';
import { SignUpForm } from './form.entity.js';

export interface FormVersion {
  number: number;
  wording: FormWording;
  createdAt: Date;
}

@Injectable()
export class FormRepository {
  constructor(private readonly db: Database) {}

  insert(form: Omit<SignUpForm, 'id'>): Promise<SignUpForm> {
    const forms = this.db.repository(SignUpForm);
    return forms.save(forms.create(form));
  }

  save(form: SignUpForm): Promise<SignUpForm> {
    return this.db.repository(SignUpForm).save(form);
  }

  find(id: number): Promise<SignUpForm | null> {
    return this.db.repository(SignUpForm).findOneBy({ id });
  }

  lock(id: number): Promise<SignUpForm | null> {
    return this.db.repository(SignUpForm).findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  list({ limit, cursor }: PageRequest, senderId: number | null): Promise<SignUpForm[]> {
    const after = decodeCursor(cursor);
    return this.db.repository(SignUpForm).find({
      where: {
        ...(senderId === null ? {} : { senderId }),
        ...(after === null ? {} : { id: MoreThan(after) }),
      },
      order: { id: 'ASC' },
      take: limit + 1,
    });
  }

  async delete(id: number): Promise<void> {
    await this.db.repository(SignUpForm).delete({ id });
  }

  /** A version, and the topics it offers, which can then no longer be deleted. */
  async addVersion(formId: number, { number, wording, createdAt }: FormVersion): Promise<void> {
    await this.db.query(
      `INSERT INTO sign_up_form_version (form_id, number, wording, template_id, created_at) VALUES ($1, $2, $3, $4, $5)`,
      [formId, number, JSON.stringify(wording), wording.incentive?.templateId ?? null, createdAt],
    );
    await this.db.query(
      `INSERT INTO sign_up_form_topic (form_id, version, topic_id)
       SELECT DISTINCT $1::bigint, $2::integer, topic_id FROM unnest($3::bigint[]) AS topic_id`,
      [formId, number, wording.choices.map(choice => choice.topicId)],
    );
  }

  findVersion(formId: number, number: number): Promise<FormVersion | null> {
    return this.db.queryOne<FormVersion>(
      `SELECT number, wording, created_at AS "createdAt" FROM sign_up_form_version WHERE form_id = $1 AND number = $2`,
      [formId, number],
    );
  }

  /** The current wordings of these forms, in one statement. */
  async currentWordings(forms: SignUpForm[]): Promise<Map<number, FormWording>> {
    const rows = await this.db.query<{ id: number; wording: FormWording }>(
      `SELECT f.id, v.wording FROM sign_up_form f JOIN sign_up_form_version v ON v.form_id = f.id AND v.number = f.version
        WHERE f.id = ANY($1::bigint[])`,
      [forms.map(form => form.id)],
    );
    return new Map(rows.map(row => [row.id, row.wording]));
  }

  versions(formId: number): Promise<FormVersion[]> {
    return this.db.query<FormVersion>(
      `SELECT number, wording, created_at AS "createdAt" FROM sign_up_form_version WHERE form_id = $1 ORDER BY number`,
      [formId],
    );
  }
}
