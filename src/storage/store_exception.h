#pragma once
//
// StoreException: how an engine's inside reports what its outside answers as an Error. Thrown below, caught where a
// change or a read ends; never leaves the folder.
//
#include "base/error.h"

#include <exception>
#include <utility>

namespace evergrant::storage {

class StoreException final : public std::exception {
public:
    explicit StoreException(Error error) : error_(std::move(error)) {}
    [[nodiscard]] const Error& error() const noexcept { return error_; }
    [[nodiscard]] const char* what() const noexcept override { return error_.message.c_str(); }

private:
    Error error_;
};

/// The Error of the exception being handled: its own, or internal_error for a bug. Call inside a catch.
[[nodiscard]] Error error_of_current_exception() noexcept;

}  // namespace evergrant::storage
