#pragma once
//
// What libcurl needs once a process before its first handle.
//

namespace evergrant::net {

/// Initialises libcurl with an allocator that wipes what is freed (request bodies, headers and answers pass through
/// libcurl's buffers) and ignores SIGPIPE, which a write to a closed TLS connection may raise.
/// Idempotent, thread-safe. Throws std::runtime_error when libcurl is unusable or lacks asynchronous name resolution.
void initialise_curl();

}  // namespace evergrant::net
