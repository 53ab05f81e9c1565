// In: {schema, values: {name: value}}. Out: the names that a version of the SDK does not take.
import { AjvJsonSchemaValidator as One } from "@modelcontextprotocol/sdk/validation/ajv";
import { AjvJsonSchemaValidator as Two } from "@modelcontextprotocol/client/validators/ajv";
import { readFileSync } from "node:fs";

const asked = JSON.parse(readFileSync(0, "utf8"));
const refused = [];
for (const [sdk, Validator] of Object.entries({ One, Two })) {
  for (const { schema, values } of asked) {
    const check = new Validator().getValidator(schema);
    for (const [name, value] of Object.entries(values)) {
      const { valid, errorMessage } = check(value);
      if (!valid) refused.push(`${sdk}: ${name}: ${errorMessage}`);
    }
  }
}
console.log(JSON.stringify(refused));
