#pragma once
//
// For tests: what a caller sends who wants a value to be more than a value.
//
#include <array>
#include <string_view>

namespace evergrant::testing {

constexpr std::array<std::string_view, 20> hostile_texts{
    "' OR Name LIKE '%",
    R"(\' OR Id != \')",
    R"(x\)",
    R"(x\\' OR '1' = '1)",
    "x') OR (Name != '",
    "'; DELETE FROM Contact; --",
    "x' LIMIT 2000 OFFSET 0 //",
    "%",
    "_________",
    "x\r\nX-Injected: yes",
    "x\nauthorization: Bearer evil",
    "../../../services/data/v57.0/sobjects/User",
    "..%2f..%2fsobjects%2fUser",
    "003000000000001?fields=Id",
    "003000000000001/../User/005",
    "${metadata.instance_url}",
    "${params.login_host}",
    "} IN ALL FIELDS RETURNING User(Id) //",
    "\" OR \"a\" } RETURNING User(Id)",
    "&q=SELECT+Id+FROM+User#",
};

}  // namespace evergrant::testing
