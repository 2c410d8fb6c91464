#include "crypto/rsa_key.h"

#include "crypto/encoding.h"

#include <openssl/core_names.h>

#include <algorithm>
#include <array>

namespace evergrant::crypto {
namespace {

using openssl::own;
using openssl::require;

constexpr int fewest_bits = 2048;
constexpr int most_bits = 8192;  // verifying with longer ones would cost whoever asks nothing and us a lot
constexpr int most_exponent_bits = 64;

/// Whether `residue` is a power of 65537 modulo `prime`.
bool is_power_of_65537(BN_ULONG residue, BN_ULONG prime) {
    const BN_ULONG generator = 65537 % prime;
    BN_ULONG power = 1;
    do {
        if (power == residue)
            return true;
        power = power * generator % prime;
    } while (power != 1);
    return false;
}

/// Nemec et al., "The Return of Coppersmith's Attack", section 5: the weak generator's moduli are powers of 65537
/// modulo every small prime; one that is not clears the key.
bool has_roca_fingerprint(const BIGNUM* modulus) {
    constexpr std::array<BN_ULONG, 17> telling_primes{11, 13, 17,  19,  37,  53,  61,  71, 73,
                                                      79, 97, 103, 107, 109, 127, 151, 157};
    return std::ranges::all_of(
        telling_primes, [modulus](BN_ULONG prime) { return is_power_of_65537(BN_mod_word(modulus, prime), prime); });
}

openssl::BigNumber number_of(std::string_view bytes) {
    return own<openssl::BigNumber>(
        BN_bin2bn(openssl::data_of(bytes_of(bytes)), static_cast<int>(bytes.size()), nullptr), "read a number");
}

bool is_safe_modulus(const BIGNUM* modulus) {
    const int bits = BN_num_bits(modulus);
    return bits >= fewest_bits && bits <= most_bits && BN_is_odd(modulus) == 1 && !has_roca_fingerprint(modulus);
}

bool is_safe_exponent(const BIGNUM* exponent) {
    return BN_num_bits(exponent) <= most_exponent_bits && BN_is_odd(exponent) == 1 && BN_is_one(exponent) == 0;
}

}  // namespace

openssl::Key make_rsa_public_key(std::string_view modulus, std::string_view exponent) {
    const auto n = number_of(modulus);
    const auto e = number_of(exponent);
    if (!is_safe_modulus(n.get()) || !is_safe_exponent(e.get()))
        return nullptr;
    const auto builder = own<openssl::ParameterBuilder>(OSSL_PARAM_BLD_new(), "describe a key");
    require(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
                OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1,
            "describe a key");
    const auto parameters = own<openssl::Parameters>(OSSL_PARAM_BLD_to_param(builder.get()), "describe a key");
    return openssl::make_public_key("RSA", parameters.get());
}

}  // namespace evergrant::crypto
