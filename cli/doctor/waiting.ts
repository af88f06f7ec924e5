import { countOf, type QueueState } from '../aws/queues.ts';
import { deadLetterQueue } from '../dead-letters/dead-letter-queues.ts';
import type { Finding } from '../finding.ts';

/** @param queue of logouts that are to be finished */
export function deferredFinding(queue: QueueState): Finding {
  const count = countOf(queue);
  return count === 0
    ? { code: 'deferred_logouts', level: 'good', text: `${queue.name} is empty: nothing was deferred` }
    : {
        code: 'deferred_logouts',
        level: 'note',
        text: `${queue.name}: ${count} deferred logout${count === 1 ? '' : 's'} wait${count === 1 ? 's' : ''} for the next try`,
        advice: 'see why: the log of BackchannelLogout for logout_deferred; they are tried for a day',
      };
}

/** @param queue of what was given up */
export function deadLetterFinding(queue: QueueState): Finding {
  const count = countOf(queue);
  return count === 0
    ? { code: 'dead_letters', level: 'good', text: `${queue.name} is empty` }
    : {
        code: 'dead_letters',
        level: 'problem',
        text: `${queue.name}: ${count} of ${deadLetterQueue(queue.name)?.holds}`,
        advice: 'see them: logout-receiver dead-letters list',
      };
}
