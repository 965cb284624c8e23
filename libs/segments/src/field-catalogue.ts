import { type Channel, channels, formatId, localize, type LocalizedText } from '#common';
import { consentStatuses } from '#consent';
import { behaviourFieldNamed, behaviourFields, eventField, moneyField } from './behaviour-fields.js';
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

/** What was met so far and is worth offering. Rules may name others too. */
export interface Seen {
  /** Names of events. */
  events: readonly string[];
  /** Currencies of orders. */
  currencies: readonly string[];
}

/**
 * Every field that a rule may name, now: those of every contact, the defined attributes, the topics that exist, and what
 * people did. Of currencies and events it lists those that were seen, and finds any.
 */
export class FieldCatalogue {
  readonly #fields: ReadonlyMap<string, NamedField>;

  constructor(
    attributes: readonly AttributeDefinition[],
    topics: readonly TopicName[] = [],
    seen: Seen = { events: [], currencies: [] },
  ) {
    const named = [
      ...contactFields,
      ...attributes.map(attributeField),
      ...topics.flatMap(topic => channels.map(channel => consentField(topic, channel))),
      ...behaviourFields,
      ...(['total', 'average'] as const).flatMap(of => seen.currencies.map(code => moneyField(of, code))),
      ...seen.events.map(eventField),
    ];
    this.#fields = new Map(named.map(field => [field.name, field]));
  }

  find(name: string): Field | undefined {
    return (this.#fields.get(name) ?? behaviourFieldNamed(name))?.field;
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

const dated: readonly Field['type'][] = ['date', 'instant', 'purchase-instant', 'last-time'];

/** What a builder needs to offer this field. */
export function toQueryBuilderField(
  { name, label, field }: NamedField,
  locale: 'ar' | 'en',
): QueryBuilderField {
  const special =
    field.type === 'list' || field.type === 'purchase-categories'
      ? listOperatorLabels
      : dated.includes(field.type)
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
    case 'purchase-count':
    case 'purchase-number':
    case 'purchase-money':
    case 'event':
      return { valueEditorType: 'text', inputType: 'number' };
    case 'date':
    case 'instant':
    case 'purchase-instant':
    case 'last-time':
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
    case 'purchase-categories':
      return { valueEditorType: 'text', inputType: 'text' };
  }
}
