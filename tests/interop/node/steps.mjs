// What the scripts beside this one share: take the steps of a scenario and report what came of each.
//
// In, as JSON on standard input:
// {server, mode, steps: [{as, do, params, undoes}], answers: [string]}.
// Out, as JSON on standard output: {revision, server, results: {as: result}, questions: [params]}.

import { json } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";

const PATIENCE_MS = 30_000;

const ACTIONS = {
  tools: (client) => client.listTools(),
  prompts: (client) => client.listPrompts(),
  resources: (client) => client.listResources(),
  templates: (client) => client.listResourceTemplates(),
  call: (client, params) => client.callTool(params),
  prompt: (client, params) => client.getPrompt(params),
  read: (client, params) => client.readResource(params),
  complete: (client, params) => client.complete(params),
};

// A user who has these answers ready, and the questions that they were asked.
export function userWith(answers) {
  const questions = [];
  const answer = async ({ params }) => {
    questions.push(params);
    const value = answers.shift();
    const [field] = Object.keys(params.requestedSchema.properties);
    return value === "cancel"
      ? { action: "cancel" }
      : { action: "accept", content: { [field]: value } };
  };
  return { questions, answer };
}

// The URI of the resource that the client is told of.
export class Updates {
  constructor() {
    this.next = new Promise((resolve) => {
      this.note = async ({ params }) => resolve({ uri: params.uri });
    });
  }

  wait() {
    const never = setTimeout(PATIENCE_MS, null, { ref: false }).then(() => {
      throw new Error("the client was told nothing");
    });
    return Promise.race([this.next, never]);
  }
}

async function outcome(action) {
  try {
    return await action;
  } catch (error) {
    return { error: { code: error.code ?? null, message: error.message } };
  }
}

// The parameters of a step; one that undoes another makes the call that its answer names.
function paramsOf({ params, undoes }, results) {
  if (undoes === undefined) return params;
  const { operation, arguments: args } = results[undoes].structuredContent.undo;
  return { name: operation, arguments: args };
}

// `open` takes the scenario and gives {client, user, updates, revision, watch}.
export async function run(open) {
  const scenario = await json(process.stdin);
  const { client, user, updates, revision, watch } = await open(scenario);
  const actions = { ...ACTIONS, watch: (_client, { uri }) => watch(uri), wait: () => updates.wait() };
  const results = {};
  for (const step of scenario.steps) {
    results[step.as] = await outcome(actions[step.do](client, paramsOf(step, results)));
  }
  const seen = { revision: revision(), server: client.getServerVersion() };
  await client.close();
  console.log(JSON.stringify({ ...seen, results, questions: user.questions }));
}
