#include "net/curl_library.h"

#include "base/secret.h"

#include <curl/curl.h>

#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>

namespace evergrant::net {

namespace {

// A block is its size, padding, and what the caller sees.
constexpr std::size_t prefix_size = alignof(std::max_align_t);
static_assert(prefix_size >= sizeof(std::size_t));

std::byte* start_of(void* memory) {
    return static_cast<std::byte*>(memory) - prefix_size;
}

std::size_t size_of(void* memory) {
    std::size_t size = 0;
    std::memcpy(&size, start_of(memory), sizeof(size));
    return size;
}

extern "C" {

static void* allocate(std::size_t size) {
    if (size > SIZE_MAX - prefix_size)
        return nullptr;
    void* block = std::malloc(size + prefix_size);
    if (block == nullptr)
        return nullptr;
    std::memcpy(block, &size, sizeof(size));
    return static_cast<std::byte*>(block) + prefix_size;
}

static void release(void* memory) {
    if (memory == nullptr)
        return;
    wipe(memory, size_of(memory));
    std::free(start_of(memory));
}

static void* allocate_zeroed(std::size_t count, std::size_t size) {
    if (size != 0 && count > SIZE_MAX / size)
        return nullptr;
    void* memory = allocate(count * size);
    if (memory != nullptr)
        std::memset(memory, 0, count * size);
    return memory;
}

// Never std::realloc, which may leave the old bytes behind.
static void* reallocate(void* memory, std::size_t size) {
    void* moved = allocate(size);
    if (moved == nullptr || memory == nullptr)
        return moved;
    std::memcpy(moved, memory, std::min(size, size_of(memory)));
    release(memory);
    return moved;
}

static char* duplicate(const char* text) {
    const std::size_t size = std::strlen(text) + 1;
    void* copy = allocate(size);
    if (copy != nullptr)
        std::memcpy(copy, text, size);
    return static_cast<char*>(copy);
}

}  // extern "C"

bool initialise() {
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, allocate, release, reallocate, duplicate, allocate_zeroed) !=
        CURLE_OK)
        throw std::runtime_error("libcurl could not be initialised.");
    if ((curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS) == 0)
        throw std::runtime_error("This libcurl would block while it resolves names; install one with AsynchDNS.");
    std::signal(SIGPIPE, SIG_IGN);
    return true;
}

}  // namespace

void initialise_curl() {
    static const bool initialised = initialise();
    static_cast<void>(initialised);
}

}  // namespace evergrant::net
