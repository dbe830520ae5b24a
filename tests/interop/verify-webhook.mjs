// Whether the reference library of Standard Webhooks believes a message.
//
// Reads { secret, headers, body } as JSON from standard input; says "believed" or why not.

import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

const { secret, headers, body } = JSON.parse(await text(process.stdin));
try {
  new Webhook(secret).verify(body, headers);
  console.log("believed");
} catch (error) {
  console.log(error.message);
}
