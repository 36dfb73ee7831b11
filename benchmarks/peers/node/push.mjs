// Node: papaparse reads the file as a stream, undici sends 16 calls at a time with its own retry. No audit, no state.
import { createReadStream } from "node:fs";
import Papa from "papaparse";
import { Agent, RetryAgent, request } from "undici";

const [path, server] = process.argv.slice(2);
const BATCH = 500;
const IN_FLIGHT = 16;
const RETRY = { maxRetries: 10, minTimeout: 100, methods: ["PUT"], statusCodes: [429, 500, 502, 503, 504] };
const agent = new RetryAgent(new Agent({ connections: IN_FLIGHT }), RETRY);

async function push(records) {
  const answer = await request(`${server}/ims/v3/inventory`, {
    method: "PUT",
    headers: { "content-type": "application/json", "x-access-token": "benchmark" },
    body: JSON.stringify(records),
    dispatcher: agent,
  });
  await answer.body.dump();
  if (answer.statusCode >= 300) throw new Error(`the answer was ${answer.statusCode}`);
}

const underWay = new Set();
let waiting = [];

async function send(least) {
  while (waiting.length >= least) {
    const call = push(waiting.splice(0, BATCH));
    underWay.add(call);
    call.finally(() => underWay.delete(call));
    if (underWay.size >= IN_FLIGHT) await Promise.race(underWay);
  }
}

await new Promise((done, failed) => {
  Papa.parse(createReadStream(path, { highWaterMark: 1 << 20 }), {
    header: true,
    skipEmptyLines: true,
    chunk({ data }, parser) {
      for (const row of data) waiting.push({ location_id: row.Store, sku: row["Item Code"], quantity: Number(row.Quantity) });
      parser.pause();
      send(BATCH).then(() => parser.resume(), failed);
    },
    complete: done,
    error: failed,
  });
});
await send(1);
await Promise.all(underWay);
await agent.close();
