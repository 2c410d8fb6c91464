// A tenant's Zoho Calendar by the calendar routes: events in any range, changes by etag, free slots on days when the clocks
// change, and values that try to be more than values.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { type Answer, Evergrant } from "../support/evergrant.ts";
import { until } from "../support/until.ts";
import { ZohoCentre, zohoClientId } from "../support/zoho.ts";
import { ZohoCalendar } from "../support/zoho_calendar.ts";

const base = "/api/calendar/acme/zoho_calendar";
const hostile = ["../../x", "a?range=x#y", "a&b=c", "${params.accounts_server}", "' OR 1=1 --", "\"}],\"x\":[{\"", "%2e%2e%2f", "ü/\\"];

describe("a tenant's Zoho Calendar", () => {
  let centre: ZohoCentre;
  let zoho: ZohoCalendar;
  let evergrant: Evergrant;
  before(async () => {
    [centre, zoho] = [await ZohoCentre.start("secret"), await ZohoCalendar.start()];
    evergrant = await Evergrant.start({ catalog: { "zoho_calendar.yaml": zoho.catalogFile(centre) }, environment: { EVERGRANT_REFRESH_AHEAD: "false" } });
    await evergrant.post("/api/tenants", { id: "acme", name: "Acme", timeZone: "Europe/Berlin" });
    await evergrant.call("PUT", "/api/credentials/zoho_calendar", { clientId: zohoClientId, clientSecret: centre.secret });
    const started = await evergrant.get("/api/oauth/authorize/acme?provider=zoho_calendar");
    const done = await evergrant.get(`/api/oauth/callback?code=1000.code&state=${started.body.state}`, "");
    assert.match(done.headers.get("location") ?? JSON.stringify(done.body), /oauth=success/);
  });
  beforeEach(() => {
    for (const list of [zoho.events, zoho.requests, zoho.wrong, zoho.replies]) list.length = 0;
  });
  after(async () => {
    await evergrant?.remove();
    for (const one of [centre, zoho]) await one?.stop();
  });

  const titles = (answer: Answer): string[] => answer.body.events.map((event: { title: string }) => event.title);
  const starts = (answer: Answer): string[] => answer.body.slots.map((slot: { start: string }) => slot.start.slice(11));
  const changeHours = (days: object): Promise<Answer> => evergrant.call("PATCH", "/api/tenants/acme", { settings: { businessHours: days } });

  it("tells a hundred days of events, each once and in order", async () => {
    for (let month = 3; month <= 6; ++month) zoho.put(`month ${month}`, `20260${month}10T090000+0100`, `20260${month}10T100000+0100`);
    zoho.put("long", "20260330T120000Z", "20260402T120000Z");
    zoho.put("fair", "20260505", "20260506");

    const answer = await evergrant.get(`${base}/events?from=2026-03-01&to=2026-06-12`);

    assert.equal(answer.status, 200);
    assert.deepEqual(titles(answer), ["month 3", "long", "month 4", "fair", "month 5", "month 6"]);
    assert.equal(answer.body.events[0].start, "2026-03-10T09:00:00+01:00");
    assert.deepEqual([answer.body.events[3].allDay, answer.body.events[3].start, answer.body.events[3].end], [true, "2026-05-05", "2026-05-06"]);
    assert.equal(zoho.requests.length, 5, "the list of calendars, and four parts of the range");
    assert.deepEqual(zoho.wrong, []);
  });

  it("makes, changes and removes an event, each by the etag of before", async () => {
    const made = await evergrant.post(`${base}/events`, {
      title: "Consultation", start: "2026-03-03T09:00:00", end: "2026-03-03T09:30:00+01:00", attendees: ["a@example.com"], location: "Room 2",
    });
    const path = `${base}/events/${encodeURIComponent(made.body.id)}`;
    const changed = await evergrant.call("PATCH", path, { title: "Moved", start: "2026-03-03T10:00", end: "2026-03-03T10:30" }, undefined, { "if-match": `"${made.body.etag}"` });
    const late = await evergrant.call("PATCH", path, { title: "Late", etag: made.body.etag });
    const lateRemoval = await evergrant.call("DELETE", `${path}?etag=${made.body.etag}`);
    const event = { ...zoho.events[0] };
    const gone = await evergrant.call("DELETE", `${path}?etag=${changed.body.etag}`);

    assert.deepEqual([made.status, changed.status, late.status, lateRemoval.status, gone.status], [201, 200, 409, 409, 204]);
    assert.equal(late.body.error, "conflict");
    assert.deepEqual([event.title, event.location, event.dateandtime?.start], ["Moved", "Room 2", "20260303T090000Z"]);
    assert.equal(zoho.events.length, 0);
    assert.deepEqual(zoho.wrong, []);
  });

  it("changes nothing without an etag", async () => {
    const event = zoho.put("Talk", "20260303T090000Z", "20260303T100000Z");

    const answer = await evergrant.call("PATCH", `${base}/events/${event.uid}`, { title: "New" });

    assert.deepEqual([answer.status, answer.body.details[0].field, zoho.requests.length], [400, "etag", 0]);
  });

  it("tells the audit log who wrote", async () => {
    const made = await evergrant.post(`${base}/events`, { title: "Audited", start: "2026-03-03", allDay: true });

    await until("the event in the log", async () => {
      const log = await evergrant.get("/api/audit?action=calendar_event.create");
      return JSON.stringify(log.body).includes(made.body.id);
    });
  });

  it("makes nothing where the time is taken, if told so", async () => {
    zoho.put("Taken", "20260303T090000Z", "20260303T100000Z");
    zoho.put("Reminder", "20260303T110000Z", "20260303T120000Z", { transparency: 1 });
    const at = (start: string, end: string): Promise<Answer> =>
      evergrant.post(`${base}/events`, { title: "New", start: `2026-03-03T${start}Z`, end: `2026-03-03T${end}Z`, onlyIfFree: true });

    assert.deepEqual([(await at("09:30", "10:30")).status, (await at("10:00", "11:00")).status, (await at("11:00", "12:00")).status], [409, 201, 201]);
  });

  it("gives one time to one of many who book it at once", async () => {
    const order = { title: "New", start: "2026-03-04T09:00:00Z", end: "2026-03-04T10:00:00Z", onlyIfFree: true };

    const answers = await Promise.all(Array.from({ length: 8 }, () => evergrant.post(`${base}/events`, order)));

    assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, ...Array(7).fill(409)]);
    assert.equal(zoho.events.length, 1);
  });

  it("has free slots within business hours, also as one says them", async () => {
    zoho.put("Taken", "20270302T093000+0100", "20270302T160000+0100");

    const answer = await evergrant.get(`${base}/slots?date=2027-03-02&minutes=30`);

    assert.deepEqual(answer.body.slots[0], { start: "2027-03-02T09:00:00+01:00", end: "2027-03-02T09:30:00+01:00" });
    assert.equal(answer.body.spoken, "Tuesday, the second of March, at nine, four and four thirty in the afternoon.");
    assert.deepEqual(zoho.wrong, []);
  });

  it("has the slots that clocks show on the days when they change", async () => {
    const night = [["00:00", "04:00"]];
    await changeHours({ sun: night });
    const cases: [zone: string, date: string, slots: string[]][] = [
      ["Europe/Berlin", "2027-03-28", ["00:00:00+01:00", "01:00:00+01:00", "03:00:00+02:00"]],
      ["Europe/Berlin", "2027-10-31", ["00:00:00+02:00", "01:00:00+02:00", "02:00:00+02:00", "02:00:00+01:00", "03:00:00+01:00"]],
      ["America/New_York", "2027-03-14", ["00:00:00-05:00", "01:00:00-05:00", "03:00:00-04:00"]],
      ["America/New_York", "2027-11-07", ["00:00:00-04:00", "01:00:00-04:00", "01:00:00-05:00", "02:00:00-05:00", "03:00:00-05:00"]],
      ["Australia/Lord_Howe", "2027-10-03", ["00:00:00+10:30", "01:00:00+10:30", "03:00:00+11:00"]],
      ["Australia/Lord_Howe", "2027-04-04", ["00:00:00+11:00", "01:00:00+11:00", "02:00:00+10:30", "03:00:00+10:30"]],
    ];
    for (const [zone, date, slots] of cases) {
      const answer = await evergrant.get(`${base}/slots?date=${date}&minutes=60&step=60&tz=${zone}`);
      assert.deepEqual(starts(answer), slots, `${zone} ${date}`);
    }
    await changeHours({ mon: "late" });
    assert.equal((await evergrant.get(`${base}/slots?date=2027-03-02`)).body.details[0].field, "settings.businessHours");
    await evergrant.call("PATCH", "/api/tenants/acme", { settings: {} });
  });

  it("lets no value be more than a value", async () => {
    for (const value of hostile) {
      const word = encodeURIComponent(value);
      await evergrant.get(`${base}/events?from=2026-03-01&to=2026-03-02&calendar=${word}`);
      await evergrant.call("DELETE", `${base}/events/${word}?calendar=${word}&etag=1`);
      await evergrant.post(`${base}/events`, { title: value, description: value, start: "2026-03-03", allDay: true, calendar: value });
      await evergrant.call("PATCH", `${base}/events/${word}`, { title: value, etag: "*", calendar: value });
      const refused = [
        await evergrant.get(`${base}/events?from=${word}&to=2026-03-02`),
        await evergrant.get(`${base}/events?from=2026-03-01&to=2026-03-02&tz=${word}`),
        await evergrant.get(`${base}/slots?date=${word}`),
        await evergrant.call("DELETE", `${base}/events/x?etag=${word}`),
        await evergrant.post(`${base}/events`, { title: "x", start: value, end: value }),
        await evergrant.post(`${base}/events`, { title: "x", start: "2026-03-03", allDay: true, timeZone: value }),
      ];
      assert.deepEqual(refused.map((one) => one.status), refused.map(() => 400), value);
    }
    const places = new Set(zoho.requests.map((line) => new URL(line.split(" ")[1] ?? "", zoho.url).pathname.split("/").length));
    assert.deepEqual([zoho.wrong, zoho.events.length, [...places].sort()], [[], 0, [6, 7]]);
  });

  it("is closed to keys of other tenants", async () => {
    const key = await evergrant.post("/api/keys", { name: "other", role: "app", tenants: ["other"] });

    const answer = await evergrant.get(`${base}/events?from=2026-03-01&to=2026-03-02`, key.body.key);

    assert.deepEqual([answer.status, answer.body.error, zoho.requests.length], [404, "no_connection", 0]);
  });

  // The last one: the pause goes on.
  it("passes on that Zoho wants a pause, and for how long", async () => {
    for (let i = 0; i < 10; ++i) zoho.replies.push({ status: 429, headers: { "retry-after": "120" }, body: { error: [{ message: "THROTTLED" }] } });

    const answer = await evergrant.get(`${base}/events?from=2026-03-01&to=2026-03-02&calendar=${zoho.calendar}`);

    assert.deepEqual([answer.status, answer.body.error], [429, "rate_limited"]);
    assert.ok(Number(answer.headers.get("retry-after")) > 60);
  });
});
