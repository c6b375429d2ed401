import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { setTimeout as later } from "node:timers/promises";
import { createClient } from "digital-human-client";

const state = (progress) => ({
  task_id: "t",
  status: progress === 100 ? "completed" : "processing",
  progress,
  wait_seconds: 20,
  next_poll_ms: 10,
});

/** A server of one task: `stream(request, response)` answers the stream, `states` the polls. */
async function serving(stream, states, use) {
  const polls = [];
  const answer = (request, response) => {
    if (request.url.endsWith("/status/stream")) return stream(request, response);
    polls.push(request.url);
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(state(states[Math.min(polls.length, states.length) - 1])));
  };
  const server = http.createServer(answer).listen(0, "127.0.0.1");
  try {
    await new Promise((resolve) => server.once("listening", resolve));
    const baseUrl = `http://127.0.0.1:${server.address().port}`;
    await use(createClient({ baseUrl, credential: "key" }), polls);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("a task is followed by its stream, which goes on after the last event that came", async () => {
  const asked = [];
  const stream = async (request, response) => {
    asked.push([request.headers["last-event-id"], request.headers.authorization]);
    response.setHeader("Content-Type", "text/event-stream");
    response.write("retry: 2000\n\n: still waiting\n\nid: a\nevent: status\nda");
    await later(20);
    response.write(`ta: ${JSON.stringify(state(asked.length === 1 ? 60 : 100))}\n`);
    await later(600);
    response.end("\n");
  };
  await serving(stream, [40, 60], async (dh, polls) => {
    const seen = [];
    const done = await dh.tasks.wait("t", { onStatus: ({ progress }) => seen.push(progress) });
    assert.equal(done.status, "completed");
    assert.deepEqual(seen, [40, 60, 60, 100]);
    assert.deepEqual(asked, [[undefined, "Bearer key"], ["a", "Bearer key"]]);
    assert.equal(polls.length, 2);
  });
});

test("where there is no stream a task is followed by long polls", async () => {
  let asked = 0;
  const stream = (_, response) => {
    asked += 1;
    response.writeHead(501, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ error: "No.", code: "stream_unavailable" }));
  };
  await serving(stream, [40, 60, 100], async (dh, polls) => {
    await dh.tasks.wait("t");
    assert.equal(asked, 1);
    assert.deepEqual(polls.slice(1), ["/api/tasks/t/status?wait=20", "/api/tasks/t/status?wait=20"]);
  });
});
