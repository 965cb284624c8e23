import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class Content1764000000004 implements MigrationInterface {
  name = 'Content1764000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE segment (
        id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name       text NOT NULL CONSTRAINT segment_name_key UNIQUE,
        rule       jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL
      );

      CREATE TABLE template (
        id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name       text NOT NULL CONSTRAINT template_name_key UNIQUE,
        channel    text NOT NULL CHECK (channel IN ('email', 'sms')),
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL
      );

      -- content: language -> { subject, preheader, mjml, text }. used_at set: nothing of it may change any more.
      CREATE TABLE template_version (
        id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        template_id    bigint NOT NULL REFERENCES template ON DELETE CASCADE,
        number         integer NOT NULL,
        default_locale text NOT NULL,
        content        jsonb NOT NULL,
        created_at     timestamptz NOT NULL,
        used_at        timestamptz,
        UNIQUE (template_id, number)
      );

      CREATE FUNCTION refuse_used_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF OLD.used_at IS NOT NULL THEN
          RAISE EXCEPTION 'Template version % was sent and cannot change. Make a new version.', OLD.id
            USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
      END $$;
      CREATE TRIGGER template_version_immutable BEFORE UPDATE OR DELETE ON template_version
        FOR EACH ROW EXECUTE FUNCTION refuse_used_version_change();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE template_version, template, segment');
    await runner.query('DROP FUNCTION refuse_used_version_change');
  }
}
