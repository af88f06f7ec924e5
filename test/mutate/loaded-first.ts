// Loaded when the first keys are fetched: within a test, and once for all. A mutant of what it does while it loads would
// be held for one that the tests can switch on.
import '../../receiver/jwks/jwks-fetch.ts';
