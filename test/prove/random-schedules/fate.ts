/**
 * What becomes of an operation. `die`: its process dies before it is sent. `come again`: the SDK sends it twice, and the
 * second comes any time later. `answer the second`: the same, and the second's answer is the one that arrives. `come
 * late`: its sender has given up when it is carried out.
 */
export type Fate = 'pass' | 'die' | 'lose request' | 'lose answer' | 'come again' | 'answer the second' | 'come late';

export const FAULTS = ['die', 'lose request', 'lose answer', 'come again', 'answer the second', 'come late'] as const;
