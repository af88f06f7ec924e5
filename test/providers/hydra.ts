import { startHydra } from './hydra-server.ts';
import { testSignOut } from './sign-out.ts';

testSignOut('hydra.md', startHydra);
