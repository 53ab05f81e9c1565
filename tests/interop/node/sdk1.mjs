// The official TypeScript SDK 1.x, whose client knows the legacy revisions alone.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import {
  ElicitRequestSchema,
  ResourceUpdatedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";

import { run, Updates, userWith } from "./steps.mjs";

await run(async ({ server, answers }) => {
  const client = new Client(
    { name: "typescript-sdk-1", version: "1" },
    { capabilities: { elicitation: { form: {} } } },
  );
  const user = userWith(answers);
  const updates = new Updates();
  const transport = new StdioClientTransport(server);
  let revision;
  transport.setProtocolVersion = (agreed) => { revision = agreed; };
  client.setRequestHandler(ElicitRequestSchema, user.answer);
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, updates.note);
  await client.connect(transport);
  const watch = (uri) => client.subscribeResource({ uri });
  return { client, user, updates, revision: () => revision, watch };
});
