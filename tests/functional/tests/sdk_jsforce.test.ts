// Salesforce's own SDK for Node, jsforce, driven through the proxy with an Evergrant key in the place of a token.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { Connection } from "jsforce";
import { salesforceScene, type SalesforceScene } from "../support/salesforce_scene.ts";

describe("jsforce through the proxy", () => {
  let scene: SalesforceScene;
  let connection: Connection;
  before(async () => {
    scene = await salesforceScene();
    connection = new Connection({ instanceUrl: `${scene.evergrant.url}/api/proxy/acme/salesforce`, accessToken: scene.key, version: "57.0" });
  });
  after(() => scene?.clear());
  beforeEach(() => scene.api.clear());

  it("creates, reads, changes and deletes a record", async () => {
    const made = await connection.sobject("Contact").create({ LastName: "Byron", Email: "ada@example.com" });
    assert.ok(made.success);
    await connection.sobject("Contact").update({ Id: made.id, Title: "Countess" });
    const read = await connection.sobject("Contact").retrieve(made.id);
    await connection.sobject("Contact").destroy(made.id);

    assert.equal(read["Title"], "Countess");
    assert.deepEqual(scene.api.rows["Contact"], []);
    assert.deepEqual(scene.api.wrong, []);
  });

  it("queries, with what it escapes itself", async () => {
    scene.api.add("Contact", { LastName: "O'Brien", Email: "o@example.com" });
    scene.api.add("Contact", { LastName: "Else" });

    const found = await connection.sobject("Contact").find({ LastName: "O'Brien" }, ["Id", "LastName"]);

    assert.deepEqual(found.map((one) => one["LastName"]), ["O'Brien"]);
    assert.deepEqual(scene.api.wrong, []);
  });

  it("follows a query through all of its parts", async () => {
    for (let i = 0; i < 7; ++i) scene.api.add("Contact", { LastName: `Berg ${i}` });
    scene.api.batch = 3;

    const found = await connection.query("SELECT Id, LastName FROM Contact ORDER BY Id ASC", { autoFetch: true, maxFetch: 100 });

    assert.equal(found.records.length, 7);
    assert.equal(scene.api.requests.length, 3);
    assert.deepEqual(scene.api.wrong, []);
  });

  it("is told Salesforce's own errors", async () => {
    await assert.rejects(async () => connection.sobject("Contact").create({ FirstName: "Ada" }), { errorCode: "REQUIRED_FIELD_MISSING" });
    await assert.rejects(async () => connection.sobject("Contact").retrieve("003000000000999AAA"), { errorCode: "NOT_FOUND" });
    await assert.rejects(async () => connection.query("SELECT Id FROM Contact WHERE"), { errorCode: "MALFORMED_QUERY" });
  });

  it("never sees the token, nor Salesforce the key", async () => {
    await connection.query("SELECT Id FROM Contact");

    assert.equal(JSON.stringify(scene.api.requests).includes(scene.key), false);
    assert.equal(connection.accessToken, scene.key);
  });

  it("is not asked to refresh when Salesforce ends the session", async () => {
    scene.api.instead.push({ status: 401, body: [{ errorCode: "INVALID_SESSION_ID", message: "Session expired or invalid" }] });

    const found = await connection.query("SELECT Id FROM Contact");

    assert.equal(found.done, true);
    assert.equal(scene.api.requests.length, 2);
  });
});
