// What a caller sends who wants a value to be more than a value.
export const hostileTexts = [
  "' OR Name LIKE '%", "x\\' OR Id != '", "x\\", "x') OR (Name != '", "%", "_____", "a\r\nX-Evil: 1", "../../sobjects/User", "..%2f..%2fUser",
  "003000000000001?fields=Id", "${metadata.instance_url}", "} RETURNING User(Id) //", "\" OR \"a", "a&after=9#f", "{\"$gt\":\"\"}", "*",
  "<img src=x onerror=alert(1)>",
];
