import * as z from 'zod/mini';
import { type EventFilter, eventFilter } from '../../../local/event-sources/event-filter.ts';
import { receiverStacks } from '../../infra/receiver-stacks.ts';

const Mapping = z.object({
  FilterCriteria: z.object({ Filters: z.array(z.object({ Pattern: z.string() })) }),
});

/** The filter of the function's event source, as the app has it. */
export function synthesizedFilter(): EventFilter {
  const template = receiverStacks({ sessionEndedEvents: true }).template();
  const mappings = template.findResources('AWS::Lambda::EventSourceMapping', {
    Properties: { StartingPosition: 'LATEST' },
  });
  const [properties] = Object.values(mappings).map(({ Properties }) => Mapping.parse(Properties));
  const patterns = properties?.FilterCriteria.Filters.map(({ Pattern }) => Pattern) ?? [];
  return eventFilter(patterns, 'Filters');
}
