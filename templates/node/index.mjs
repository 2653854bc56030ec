// Rolls dice: GET / answers one roll, GET /?count=3 three.
import { randomInt } from "node:crypto";

const sides = Number(process.env.SIDES ?? 6);

const answer = (statusCode, body) => ({
  statusCode,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

export const handler = async (event, context) => {
  // An event sent by `fnctl invoke dice` has no query.
  const count = Number(event.queryStringParameters?.count ?? 1);
  if (!Number.isInteger(count) || count < 1 || count > 100)
    return answer(400, { error: "count must be a whole number from 1 to 100" });

  const rolls = Array.from({ length: count }, () => randomInt(1, sides + 1));
  console.log(`${context.awsRequestId}: rolled ${rolls}`); // shown by `fnctl tail`
  return answer(200, { rolls });
};
