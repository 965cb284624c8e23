import { formatId } from '#common';
import { cellNames, cellSchemas, changedCells, type LawOverride, type LawPackState } from '#consent';
import { type OverrideView, type PackSummary, type PackView } from './law.schemas.js';

export function toOverrideView(override: LawOverride): OverrideView {
  return {
    ...override,
    id: formatId('lawOverride', override.id),
    createdAt: override.createdAt.toISOString(),
    removedAt: override.removedAt?.toISOString() ?? null,
  };
}

export function toSummary(state: LawPackState): PackSummary {
  return { ...head(state), overrides: state.overrides.length };
}

export function toPackView(state: LawPackState): PackView {
  return {
    ...head(state),
    cells: cellNames.map(name => {
      const override = state.overrides.find(({ cell }) => cell === name);
      return {
        ...{ name, ...state.cells[name] },
        override: override ? toOverrideView(override) : null,
        expects: cellSchemas[name].description ?? '',
      };
    }),
    versions: state.versions.map((pack, at) => ({
      version: pack.version,
      effectiveFrom: pack.effectiveFrom,
      cells: changedCells(pack, state.versions[at - 1]).map(name => ({ name, ...pack.cells[name] })),
    })),
  };
}

function head({ current, label, versions }: LawPackState): Omit<PackSummary, 'overrides'> {
  const { code, name, countries, version, effectiveFrom } = current;
  return {
    ...{ code, name, countries: [...countries], version, effectiveFrom, label },
    upcoming: versions
      .filter(pack => pack.version > version)
      .map(pack => ({ version: pack.version, effectiveFrom: pack.effectiveFrom })),
  };
}
