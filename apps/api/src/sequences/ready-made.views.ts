import { formatId } from '#common';
import { type Installed, type ReadyMade, rolesOf } from '#sequences';
import { type InstalledView, type ReadyMadeSummary, type ReadyMadeView } from './ready-made.schemas.js';

export function toSummary({ definition, ...readyMade }: ReadyMade): ReadyMadeSummary {
  const { trigger, steps } = definition;
  const { key, name, description, withoutSegment, needsWebsite, needsProduct, takesIncentive } = readyMade;
  return {
    ...{ key, name, description },
    trigger: trigger.on,
    needs: {
      topics: rolesOf(definition),
      segment: trigger.on !== 'segment.joined' ? 'no' : withoutSegment ? 'optional' : 'yes',
      shop: 'shopId' in trigger ? 'optional' : 'no',
      attribute: 'attribute' in trigger,
      product: needsProduct,
      incentive: takesIncentive ? 'optional' : 'no',
      website: needsWebsite,
    },
    steps: steps.map(({ id, type, topicId, channel }) => ({
      ...{ id, type },
      messageClass: topicId ?? null,
      channel: channel ?? null,
    })),
  };
}

export function toReadyMadeView(readyMade: ReadyMade): ReadyMadeView {
  const { segmentRule, definition, templates } = readyMade;
  return { ...toSummary(readyMade), segmentRule, definition, templates: [...templates.values()] };
}

export function toInstalledView({ sequence, templates }: Installed): InstalledView {
  const saved = [...templates];
  return {
    sequenceId: formatId('sequence', sequence.id),
    name: sequence.name,
    state: sequence.state,
    defaultLocale: saved[0]?.[1].version.defaultLocale ?? 'en',
    templates: saved.map(([key, { template, warnings }]) => ({
      key,
      id: formatId('template', template.id),
      name: template.name,
      channel: template.channel,
      warnings,
    })),
  };
}
