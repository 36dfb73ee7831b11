// Node: papaparse reads the file as a stream, undici sends 16 calls at a time with its own retry. No audit, no state.
import { createReadStream } from "node:fs";
import Papa from "papaparse";
import { Agent, RetryAgent, request } from "undici";

const [path, server] = process.argv.slice(2);
const BATCH = 500;
const IN_FLIGHT = 16;
const agent = new RetryAgent(new Agent({ connections: IN_FLIGHT }), { maxRetries: 10, minTimeout: 100, methods: ["PUT"], statusCodes: [429, 500, 502, 503, 504] });

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
let records = [];

async function flush() {
  const call = push(records);
  records = [];
  underWay.add(call);
  call.finally(() => underWay.delete(call));
  if (underWay.size >= IN_FLIGHT) await Promise.race(underWay);
}

const rows = createReadStream(path).pipe(Papa.parse(Papa.NODE_STREAM_INPUT, { header: true, skipEmptyLines: true }));
for await (const row of rows) {
  records.push({ location_id: row.Store, sku: row["Item Code"], quantity: Number(row.Quantity) });
  if (records.length === BATCH) await flush();
}
if (records.length) await flush();
await Promise.all(underWay);
await agent.close();
