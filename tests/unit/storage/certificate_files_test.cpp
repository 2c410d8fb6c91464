// Which files of certificates a database URL names.
#include "storage/postgres/postgres_store.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace evergrant::storage {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

TEST(CertificateFilesTest, those_that_the_url_names_are_told) {
    EXPECT_EQ(postgres_certificate_files("postgresql://db.example.com/grants?sslmode=verify-full"
                                         "&sslrootcert=/etc/ca.pem&sslcert=/etc/us.pem&sslkey=/etc/us.key"),
              (Files{{"sslrootcert", "/etc/ca.pem"}, {"sslcert", "/etc/us.pem"}}));
}

TEST(CertificateFilesTest, a_url_without_any_has_none) {
    EXPECT_TRUE(postgres_certificate_files("postgresql://db.example.com/grants").empty());
}

TEST(CertificateFilesTest, the_systems_own_are_no_file) {
    EXPECT_TRUE(postgres_certificate_files("postgresql://db.example.com/grants?sslrootcert=system").empty());
}

TEST(CertificateFilesTest, what_is_no_url_is_refused_without_being_quoted) {
    EXPECT_THROW(static_cast<void>(postgres_certificate_files("postgresql://:secret@[/")), std::runtime_error);
}

}  // namespace
}  // namespace evergrant::storage
