// Looks for secrets in this process's own memory after they were sent.
#include "net/curl_client.h"

#include "run_task.h"
#include "tls_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

namespace evergrant::net {
namespace {

/// A secret as the program's text may hold it: every character one lower than in the secret itself.
class Coded {
public:
    explicit constexpr Coded(std::string_view text) : text_(text) {}

    void append_to(std::string& target) const {
        for (const char c : text_)
            target.push_back(static_cast<char>(c + 1));
    }

    [[nodiscard]] std::size_t occurrences_in(std::string_view memory) const {
        std::size_t count = 0;
        const char first = static_cast<char>(text_.front() + 1);
        for (auto at = memory.find(first); at != std::string_view::npos; at = memory.find(first, at + 1))
            count += starts(memory.substr(at)) ? 1U : 0U;
        return count;
    }

private:
    [[nodiscard]] bool starts(std::string_view memory) const {
        return memory.size() >= text_.size() &&
               std::ranges::equal(text_, memory.substr(0, text_.size()),
                                  [](char coded, char plain) { return plain == static_cast<char>(coded + 1); });
    }

    std::string_view text_;
};

/// How often the secret lies in this process's writable memory. Stacks are left out: what lies below a stack's end
/// is overwritten by the next call.
std::size_t copies_in_memory(const Coded& secret) {
    constexpr std::size_t largest = 64UL << 20;  // sanitizers reserve far larger ranges, none of which hold values
    void* const room = ::mmap(nullptr, largest, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    std::ifstream maps("/proc/self/maps");
    std::size_t count = 0;
    for (std::string line; std::getline(maps, line);) {
        unsigned long begin = 0;
        unsigned long end = 0;
        char permissions[5] = "";
        if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, permissions) != 3 || permissions[1] != 'w' ||
            end - begin > largest || line.contains("[stack") || begin == reinterpret_cast<unsigned long>(room))
            continue;
        const ssize_t read = ::pread(memory, room, end - begin, static_cast<off_t>(begin));
        if (read > 0)
            count += secret.occurrences_in({static_cast<const char*>(room), static_cast<std::size_t>(read)});
    }
    ::close(memory);
    ::munmap(room, largest);
    return count;
}

constexpr Coded coded_token("BMUHRHAKDFQDEQDRGFSNJDMVHSGNTS0123456789");
constexpr Coded coded_authorization("BMUHRHAKDFAZRHBFBQDCDMSHZKVHSGNTS0123456");
constexpr Coded coded_query("BMUHRHAKDFPTDQXFSNJDMFOQNUHCDQVHSG012345");

TEST(CurlMemoryTest, no_copy_of_what_was_sent_stays_in_memory) {
    const evergrant::testing::TlsServer server("IP:127.0.0.1");
    boost::asio::io_context context(1);
    CurlOptions options;
    options.egress = EgressGuard(EgressPolicy{.allow_loopback_http = true});
    options.ca_file = server.certificate();
    ClientRequest request;
    request.method = "GET";
    request.url.reserve(200);
    request.url = server.url("/?token=");
    coded_query.append_to(request.url);
    request.headers.emplace_back("Authorization", "");
    request.headers.back().second.reserve(200);
    coded_authorization.append_to(request.headers.back().second);
    std::string body;
    body.reserve(200);
    coded_token.append_to(body);
    request.body = SecretString(std::move(body));
    ASSERT_EQ(copies_in_memory(coded_token), 1U);
    ASSERT_EQ(copies_in_memory(coded_authorization), 1U);
    ASSERT_EQ(copies_in_memory(coded_query), 1U);

    {
        CurlClient client(context, std::move(options));
        auto sending = client.send(std::move(request), async::Deadline::after(std::chrono::seconds(20)));
        ASSERT_TRUE(evergrant::testing::run_task(context, std::move(sending)));
    }

    EXPECT_EQ(copies_in_memory(coded_token), 0U);
    EXPECT_EQ(copies_in_memory(coded_authorization), 0U);
    EXPECT_EQ(copies_in_memory(coded_query), 0U);
}

}  // namespace
}  // namespace evergrant::net
