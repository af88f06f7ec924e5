import * as z from 'zod/mini';
import { type EventFilter, eventFilter } from '../../../local/event-sources/event-filter.ts';
import { receiverStacks } from '../../infra/receiver-stacks.ts';

const Mapping = z.object({
  FilterCriteria: z.object({ Filters: z.array(z.object({ Pattern: z.string() })) }),
});

/**
 * The filter of a function's event source on the stream, as the app has it.
 *
 * @param StartingPosition tells the two from each other: session-ended events begin with the latest
 */
export function synthesizedFilter(StartingPosition: 'LATEST' | 'TRIM_HORIZON' = 'LATEST'): EventFilter {
  const template = receiverStacks({ sessionEndedEvents: true }).template();
  const mappings = template.findResources('AWS::Lambda::EventSourceMapping', {
    Properties: { StartingPosition },
  });
  const [properties] = Object.values(mappings).map(({ Properties }) => Mapping.parse(Properties));
  const patterns = properties?.FilterCriteria.Filters.map(({ Pattern }) => Pattern) ?? [];
  return eventFilter(patterns, 'Filters');
}
