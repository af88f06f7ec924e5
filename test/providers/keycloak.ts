import { startKeycloak } from './keycloak-server.ts';
import { testSignOut } from './sign-out.ts';

testSignOut('keycloak.md', startKeycloak);
