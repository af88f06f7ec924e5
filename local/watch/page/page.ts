import { hearFeed } from './event-source.ts';
import { openTimeline } from './timeline.ts';

hearFeed(openTimeline());
