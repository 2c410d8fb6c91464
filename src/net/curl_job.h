#pragma once
//
// CurlJob: what CurlMulti drives: one libcurl easy handle with a deadline, and who hears of its end. A request of HTTP
// is one (curl_transfer.h), a mail another (curl_mail.h).
//
#include "async/deadline.h"
#include "net/curl_failure.h"

#include <curl/curl.h>

namespace evergrant::net {

/// Stays where it is while it is under way: libcurl holds pointers to it. Sets CURLOPT_PRIVATE to itself, as a CurlJob.
class CurlJob {
public:
    virtual ~CurlJob() = default;

    [[nodiscard]] virtual CURL* easy() const noexcept = 0;
    [[nodiscard]] virtual async::Deadline deadline() const noexcept = 0;
    virtual void end(CURLcode code) = 0;
    virtual void end(TransferFailure::Cause cause) = 0;

    /// Call before libcurl lets go of a job that has not ended: its connection carries nothing else after it, so that
    /// libcurl closes it, and what was written and not acknowledged is not sent again.
    void give_up_connection() const { curl_easy_setopt(easy(), CURLOPT_FORBID_REUSE, 1L); }

    /// The job whose handle this is.
    [[nodiscard]] static CurlJob& of(CURL* easy) {
        void* job = nullptr;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &job);
        return *static_cast<CurlJob*>(job);
    }

protected:
    CurlJob() = default;
    CurlJob(const CurlJob&) = delete;
    CurlJob& operator=(const CurlJob&) = delete;
};

}  // namespace evergrant::net
