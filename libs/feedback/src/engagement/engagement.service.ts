import { Injectable } from '@nestjs/common';
import { Clock, HUMAN_AFTER_MS } from '#common';
import { DispatchesService } from '#sending';
import { TemplatesService } from '#templates';
import { type EngagementReport, type Figures, noFigures } from './engagement-figures.js';
import { EngagementFiguresRepository, type FigureRow } from './engagement-figures.repository.js';

/** What was measured of messages, as far as it can be told. */
@Injectable()
export class EngagementService {
  constructor(
    private readonly figures: EngagementFiguresRepository,
    private readonly dispatches: DispatchesService,
    private readonly templates: TemplatesService,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError DISPATCH_NOT_FOUND */
  async report(dispatchId: number): Promise<EngagementReport> {
    const { templateVersionId } = await this.dispatches.get(dispatchId);
    const dropped = await this.figures.isDropped(dispatchId);
    const rows = await this.figures.count(dispatchId, new Date(this.clock.now().getTime() - HUMAN_AFTER_MS));
    const { links } = await this.templates.compile(templateVersionId);
    const pressed = rows.flatMap(({ link }) => (link === null ? [] : [link]));
    const numbers = [...new Set([...links.keys()].map(at => at + 1).concat(pressed))].sort((a, b) => a - b);
    return {
      opens: figuresOf(rows.filter(({ kind, link }) => kind === 'open' && link === null)),
      clicks: figuresOf(rows.filter(({ kind, link }) => kind === 'click' && link === null)),
      links: numbers.map(link => ({
        ...{ link, url: links[link - 1] ?? null },
        ...figuresOf(rows.filter(row => row.link === link)),
      })),
      machines: Object.fromEntries(
        (await this.figures.machines(dispatchId)).map(({ reason, events }) => [reason, events]),
      ),
      dropped,
    };
  }
}

function figuresOf(rows: readonly FigureRow[]): Figures {
  const figures = noFigures();
  for (const { verdict, events, people } of rows) {
    figures.events[verdict] = events;
    figures.people[verdict] = people;
  }
  return figures;
}
