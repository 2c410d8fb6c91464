// Misbehaviour by status and headers.
import { answering, failing, giving, html, json, type Group } from "./kinds.ts";

const page = "<!doctype html><html><body><h1>Something went wrong</h1></body></html>";
const httpDate = (secondsFromNow: number) => new Date(Date.now() + secondsFromNow * 1000).toUTCString();
const throttling = (retryAfter: string) => failing(429, "too_many_requests", { "retry-after": retryAfter });

export const statuses: Group = {
  title: "Statuses",
  rows: [
    { says: "500, `server_error`", conduct: failing(500, "server_error") },
    { says: "500, `invalid_grant`", conduct: failing(500, "invalid_grant") },
    { says: "502, a gateway's page", conduct: answering(502, page, html) },
    { says: "503, a page that quotes `invalid_grant`", conduct: answering(503, "<html>upstream said invalid_grant</html>", html) },
    { says: "503, `Retry-After: 120`", conduct: failing(503, "temporarily_unavailable", { "retry-after": "120" }) },
    { says: "504, empty", conduct: answering(504) },
    { says: "520, empty", conduct: answering(520) },
    { says: "599, good tokens", conduct: giving(JSON.stringify, json, 599) },
    { says: "408, empty", conduct: answering(408) },
    { says: "400, empty", conduct: answering(400) },
    { says: "401, empty", conduct: answering(401) },
    { says: "403, empty", conduct: answering(403) },
    { says: "403, a firewall's page", conduct: answering(403, page, html) },
    { says: "404, a page", conduct: answering(404, page, html) },
    { says: "405, empty", conduct: answering(405, "", { allow: "GET" }) },
    { says: "410, empty", conduct: answering(410) },
    { says: "418, plain text", conduct: answering(418, "I'm a teapot", { "content-type": "text/plain" }) },
    { says: "204", conduct: answering(204) },
    { says: "201, good tokens", conduct: giving(JSON.stringify, json, 201) },
    { says: "304, empty", conduct: answering(304) },
  ],
};

export const throttled: Group = {
  title: "Too many requests",
  rows: [
    { says: "429", conduct: failing(429, "too_many_requests") },
    { says: "429, `invalid_grant`", conduct: failing(429, "invalid_grant") },
    { says: "429, a page", conduct: answering(429, page, html) },
    { says: "429, `Retry-After: 3600`", conduct: throttling("3600") },
    { says: "429, `Retry-After: 0`", conduct: throttling("0") },
    { says: "429, `Retry-After: -5`", conduct: throttling("-5") },
    { says: "429, `Retry-After: 1.5`", conduct: throttling("1.5") },
    { says: "429, `Retry-After: soon`", conduct: throttling("soon") },
    { says: "429, `Retry-After:` with twenty nines", conduct: throttling("9".repeat(20)) },
    { says: "429, `Retry-After:` a date two hours ahead", conduct: (call) => throttling(httpDate(7200))(call) },
    { says: "429, `Retry-After:` a date last week", conduct: (call) => throttling(httpDate(-7 * 86_400))(call) },
    { says: "429, `Retry-After:` a date next week", conduct: (call) => throttling(httpDate(7 * 86_400))(call) },
    { says: "400, `slow_down`, `Retry-After: 600`", conduct: failing(400, "slow_down", { "retry-after": "600" }) },
  ],
};

export const redirects = (canary: string): Group => ({
  title: "Redirects",
  rows: [
    { says: "301 to itself", conduct: answering(301, "", { location: "token" }) },
    { says: "302 to another origin", conduct: answering(302, "", { location: canary }) },
    { says: "307 to another origin", conduct: answering(307, "", { location: canary }) },
    { says: "308 to another origin", conduct: answering(308, "", { location: canary }) },
    { says: "302 to a `file:` URL", conduct: answering(302, "", { location: "file:///etc/passwd" }) },
    { says: "302 without `Location`", conduct: answering(302) },
    { says: "200, tokens, and a `Refresh` to another origin", conduct: giving(JSON.stringify, { ...json, refresh: `0; url=${canary}` }) },
  ],
});

export const errors: Group = {
  title: "Errors",
  rows: [
    { says: "400, `invalid_grant`", conduct: failing(400, "invalid_grant") },
    { says: "401, `invalid_grant`", conduct: failing(401, "invalid_grant") },
    { says: "200, `invalid_grant`", conduct: failing(200, "invalid_grant") },
    { says: "400, a page that quotes `invalid_grant`", conduct: answering(400, "<html>invalid_grant</html>", html) },
    { says: "400, `invalid_grant` as plain text", conduct: answering(400, "invalid_grant", { "content-type": "text/plain" }) },
    { says: "400, `INVALID_GRANT`", conduct: failing(400, "INVALID_GRANT") },
    { says: "400, `invalid_grant` with a space behind it", conduct: failing(400, "invalid_grant ") },
    { says: "400, `invalid_grant` within a list", conduct: failing(400, ["invalid_grant"]) },
    { says: "400, `invalid_grant` in the description alone", conduct: answering(400, '{"error":"invalid_request","error_description":"invalid_grant"}', json) },
    { says: "401, `invalid_client`", conduct: failing(401, "invalid_client") },
    { says: "200, `invalid_client`", conduct: failing(200, "invalid_client") },
    { says: "400, `unauthorized_client`", conduct: failing(400, "unauthorized_client") },
    { says: "400, `invalid_request`", conduct: failing(400, "invalid_request") },
    { says: "400, `invalid_scope`", conduct: failing(400, "invalid_scope") },
    { says: "400, `unsupported_grant_type`", conduct: failing(400, "unsupported_grant_type") },
    { says: "400, an error nobody knows", conduct: failing(400, "quux") },
    { says: "400, JSON without an error", conduct: answering(400, "{}", json) },
    { says: "400, an error that is null", conduct: failing(400, null) },
    { says: "400, an error that is a number", conduct: failing(400, 17) },
    { says: "400, an error of 100,000 letters", conduct: failing(400, "e".repeat(100_000)) },
    { says: "200, `temporarily_unavailable`", conduct: failing(200, "temporarily_unavailable") },
    { says: "200, an error nobody knows", conduct: failing(200, "quux") },
    { says: "200, tokens beside an error", conduct: giving((good) => JSON.stringify({ ...good, error: "server_error" })) },
    { says: "400, good tokens", conduct: giving(JSON.stringify, json, 400) },
  ],
};
