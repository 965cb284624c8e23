import { type Channel, channels, formatId, localize, type LocalizedText } from '#common';
import { consentStatuses } from '#consent';
import { contactFields, type Field, type NamedField, operatorsOf } from './fields.js';
import { dateOperatorLabels, listOperatorLabels, type Operator, operatorLabels } from './operators.js';

/** A definition of an attribute, as far as segments are concerned. */
export interface AttributeDefinition {
  key: string;
  type: 'text' | 'number' | 'date' | 'boolean' | 'list';
}

export interface TopicName {
  id: number;
  name: LocalizedText;
  sender: string;
}

/** Every field that a rule may name, now: those of every contact, the defined attributes, the topics that exist. */
export class FieldCatalogue {
  readonly #fields: ReadonlyMap<string, NamedField>;

  constructor(attributes: readonly AttributeDefinition[], topics: readonly TopicName[] = []) {
    const named = [
      ...contactFields,
      ...attributes.map(attributeField),
      ...topics.flatMap(topic => channels.map(channel => consentField(topic, channel))),
    ];
    this.#fields = new Map(named.map(field => [field.name, field]));
  }

  find(name: string): Field | undefined {
    return this.#fields.get(name)?.field;
  }

  get fields(): NamedField[] {
    return [...this.#fields.values()];
  }
}

function attributeField({ key, type }: AttributeDefinition): NamedField {
  const field: Field = { type: type === 'text' ? 'text-attribute' : type, key };
  return { name: `attributes.${key}`, label: { en: key, ar: key }, field };
}

const consentLabels: Record<Channel, Required<LocalizedText>> = {
  email: { en: 'Email consent', ar: 'الموافقة على البريد الإلكتروني' },
  sms: { en: 'SMS consent', ar: 'الموافقة على الرسائل النصية' },
};

function consentField(topic: TopicName, channel: Channel): NamedField {
  const labelIn = (locale: 'ar' | 'en'): string =>
    `${consentLabels[channel][locale]}: ${localize(topic.name, locale)} (${topic.sender})`;
  return {
    name: `consent.${channel}.${formatId('topic', topic.id)}`,
    label: { en: labelIn('en'), ar: labelIn('ar') },
    field: { type: 'consent', channel, topicId: topic.id },
  };
}

/** A field as react-querybuilder's `fields` prop takes it. */
export interface QueryBuilderField {
  name: string;
  label: string;
  operators: { name: Operator; label: string }[];
  valueEditorType: 'text' | 'select' | 'checkbox';
  inputType?: 'text' | 'number' | 'date';
  values?: { name: string; label: string }[];
  defaultValue?: string | boolean;
}

const statusLabels: Record<(typeof consentStatuses)[number], Required<LocalizedText>> = {
  granted: { en: 'Granted', ar: 'موافق' },
  withdrawn: { en: 'Withdrawn', ar: 'سحب موافقته' },
  expired: { en: 'Expired', ar: 'انتهت الموافقة' },
  unknown: { en: 'Unknown (imported without evidence)', ar: 'غير معروفة (مستوردة بلا إثبات)' },
  none: { en: 'Never asked', ar: 'لم يُسأل' },
};

/** What a builder needs to offer this field. */
export function toQueryBuilderField(
  { name, label, field }: NamedField,
  locale: 'ar' | 'en',
): QueryBuilderField {
  const special =
    field.type === 'list'
      ? listOperatorLabels
      : field.type === 'date' || field.type === 'instant'
        ? dateOperatorLabels
        : {};
  const operators = operatorsOf[field.type].map(operator => ({
    name: operator,
    label: (special[operator] ?? operatorLabels[operator])[locale],
  }));
  return { name, label: label[locale], operators, ...editorOf(field, locale) };
}

function editorOf(
  field: Field,
  locale: 'ar' | 'en',
): Pick<QueryBuilderField, 'valueEditorType' | 'inputType' | 'values' | 'defaultValue'> {
  switch (field.type) {
    case 'number':
      return { valueEditorType: 'text', inputType: 'number' };
    case 'date':
    case 'instant':
      return { valueEditorType: 'text', inputType: 'date' };
    case 'boolean':
    case 'presence':
      return { valueEditorType: 'checkbox', defaultValue: true };
    case 'consent':
      return {
        valueEditorType: 'select',
        values: consentStatuses.map(status => ({ name: status, label: statusLabels[status][locale] })),
        defaultValue: 'granted',
      };
    case 'text':
    case 'text-attribute':
    case 'list':
      return { valueEditorType: 'text', inputType: 'text' };
  }
}
