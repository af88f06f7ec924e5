import { receiverApp } from './receiver-app.ts';

// What the published package deploys: `npx cdk deploy --app "node node_modules/logout-receiver/dist/infra/app.js"`.
receiverApp().synth();
