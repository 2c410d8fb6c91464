// Replaces getaddrinfo for this whole test program, libraries included: names under `.test` are scripted, other names
// go to the system. Not inline in a header, since the sanitizers' own weak getaddrinfo would win over that.
#include "scripted_names.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <string_view>

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** found) {
    using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
    static const auto of_the_system = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    if (name == nullptr || !std::string_view(name).ends_with(".test"))
        return of_the_system(name, service, hints, found);
    const std::string address = evergrant::testing::ScriptedNames::instance().look_up(name);
    if (address.empty())
        return EAI_NONAME;
    addrinfo numeric = hints == nullptr ? addrinfo{} : *hints;
    numeric.ai_flags |= AI_NUMERICHOST;
    numeric.ai_family = AF_UNSPEC;
    return of_the_system(address.c_str(), service, &numeric, found);
}

namespace evergrant::testing {
namespace {

TEST(ScriptedNamesTest, a_name_has_the_address_the_test_gave_it_and_no_other_name_of_its_kind_has_one) {
    ScriptedNames::instance().set("given.test", "192.0.2.1");

    addrinfo* found = nullptr;
    ASSERT_EQ(::getaddrinfo("given.test", nullptr, nullptr, &found), 0);
    EXPECT_EQ(found->ai_family, AF_INET);
    ::freeaddrinfo(found);
    EXPECT_EQ(::getaddrinfo("other.test", nullptr, nullptr, &found), EAI_NONAME);
}

}  // namespace
}  // namespace evergrant::testing
