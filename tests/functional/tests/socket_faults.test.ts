// A provider whose sockets fail (WireMock): no connection dies of it, and the token held is served on.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { FaultyScene, faultyProvider, faultyTenant } from "../support/faulty_scene.ts";
import { connectByCallback } from "../support/ledger_scene.ts";
import { javaIsThere, WireMock, type SocketFault } from "../support/wiremock.ts";

const headers = { "Content-Type": "application/json" };
const template = { access_token: "access-{{randomValue length=20}}", refresh_token: "refresh-{{randomValue length=20}}", token_type: "Bearer", expires_in: 3600 };
const well = { status: 200, headers, body: JSON.stringify(template), transformers: ["response-template"] };

const faults: SocketFault[] = ["EMPTY_RESPONSE", "MALFORMED_RESPONSE_CHUNK", "RANDOM_DATA_THEN_CLOSE", "CONNECTION_RESET_BY_PEER"];

describe("a provider whose sockets fail", { skip: javaIsThere() ? false : "WireMock needs java, which is not here" }, () => {
  let mock: WireMock;
  let scene: FaultyScene;
  before(async () => {
    mock = await WireMock.start();
    scene = await FaultyScene.set(mock.url);
    await mock.tokenAnswers(well);
    await connectByCallback(scene.evergrant, faultyProvider, faultyTenant);
  });
  after(async () => {
    await scene.evergrant.remove();
    await mock.stop();
  });

  for (const fault of faults)
    it(`with ${fault} does no harm`, async () => {
      await mock.tokenAnswers({ ...well, fault });

      await scene.servesDegraded();

      await mock.tokenAnswers(well);
      await scene.isWellAgain();
    });

  it("by hanging does no harm, and nobody waits longer than the time limit", async () => {
    await mock.tokenAnswers({ ...well, fixedDelayMilliseconds: 20_000 });
    const begun = Date.now();

    await scene.servesDegraded();

    assert.ok(Date.now() - begun < 8000, `${Date.now() - begun} ms`);
    await mock.tokenAnswers(well);
    await scene.isWellAgain();
  });

  it("by dribbling its answer longer than the time limit does no harm", async () => {
    await mock.tokenAnswers({ ...well, chunkedDribbleDelay: { numberOfChunks: 10, totalDuration: 15_000 } });

    await scene.servesDegraded();

    await mock.tokenAnswers(well);
    await scene.isWellAgain();
  });

  it("by a delay within the time limit is just slow", async () => {
    await mock.tokenAnswers({ ...well, fixedDelayMilliseconds: 700 });

    await scene.isWellAgain();
  });

  it("by being down does no harm, and a token that is asked for at rest is not worth an attempt each", async () => {
    const { port } = mock;
    await mock.stop();

    await scene.servesDegraded();
    const answers = await Promise.all(Array.from({ length: 50 }, () => scene.read()));
    assert.ok(answers.every((answer) => answer.status === 200 && answer.body.degraded === true));

    mock = await WireMock.start(port);
    await mock.tokenAnswers(well);
    await scene.isWellAgain();
  });
});
