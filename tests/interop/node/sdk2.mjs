// The official TypeScript SDK 2.x, in the mode that the scenario names: "legacy" or "auto".

import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

import { run, Updates, userWith } from "./steps.mjs";

await run(async ({ server, mode, answers }) => {
  const client = new Client(
    { name: "typescript-sdk-2", version: "2" },
    { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode } },
  );
  const user = userWith(answers);
  const updates = new Updates();
  client.setRequestHandler("elicitation/create", user.answer);
  client.setNotificationHandler("notifications/resources/updated", updates.note);
  await client.connect(new StdioClientTransport(server));
  const watch = async (uri) => {
    if (client.getProtocolEra() !== "modern") return client.subscribeResource({ uri });
    const { honoredFilter } = await client.listen({ resourceSubscriptions: [uri] });
    return honoredFilter;
  };
  return { client, user, updates, revision: () => client.getNegotiatedProtocolVersion(), watch };
});
