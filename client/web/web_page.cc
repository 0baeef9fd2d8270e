#include "client/web/web_page.h"

#include <exception>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/web/answers.h"

namespace mlfsc::client {
namespace {

// The page needs nothing from elsewhere and belongs in nobody's frame.
const httplib::Headers& SafeHeaders() {
  static const auto& headers = *new httplib::Headers{
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
       "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), microphone=(), geolocation=()"},
      // Pictures of a product are nobody else's; the page's token changes with every start.
      {"Cache-Control", "no-store"}};
  return headers;
}

RequestHead HeadOf(const httplib::Request& request) {
  RequestHead head;
  head.path = request.path;
  for (size_t i = 0; i < request.get_header_value_count("Host"); ++i) {
    head.hosts.push_back(request.get_header_value("Host", i));
  }
  head.origin = request.get_header_value("Origin");
  head.sec_fetch_site = request.get_header_value("Sec-Fetch-Site");
  head.page_token = request.get_header_value("X-Mlfsc-Page");
  head.authorization = request.get_header_value("Authorization");
  head.transfer_encoding = request.get_header_value("Transfer-Encoding");
  head.content_encoding = request.get_header_value("Content-Encoding");
  return head;
}

}  // namespace

WebPage::WebPage(const WebPageOptions& options, Client client, PageFiles files, Clock* clock)
    : options_(options),
      files_(std::move(files)),
      guard_(options.guard),
      jobs_(client, clock, options_.trainings),
      calls_(std::move(client), &jobs_, {options.server, options.max_picture_bytes, options.trainings.reading}) {}

void WebPage::AddTo(httplib::Server* http) {
  http->set_payload_max_length(options_.max_picture_bytes);
  http->set_default_headers(SafeHeaders());
  AddRefusals(http);
  calls_.AddTo(http);
  AddFiles(http);
}

void WebPage::AddRefusals(httplib::Server* http) {
  http->set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    const std::optional<Refusal> refusal = guard_.Check(HeadOf(request));
    if (!refusal.has_value()) return httplib::Server::HandlerResponse::Unhandled;
    AnswerError(refusal->http_status, refusal->code, refusal->message, &response);
    return httplib::Server::HandlerResponse::Handled;
  });
  http->set_error_handler(
      [limit = options_.max_picture_bytes](const httplib::Request& request, httplib::Response& response) {
        if (!response.body.empty()) return;
        const int status = response.status;
        if (status == 413) {
          const bool file = request.path == "/api/import";
          return AnswerError(
              status, "REFUSED",
              absl::StrCat(file ? "a file" : "a picture", " may have ", limit >> 20, " MiB (--max-picture)",
                           file ? "; `mlfsc import` takes larger ones" : ""),
              &response);
        }
        AnswerError(status, "REFUSED", absl::StrCat("nothing is at ", request.method, " ", request.path),
                    &response);
      });
  http->set_exception_handler(
      [](const httplib::Request&, httplib::Response& response, const std::exception_ptr& thrown) {
        try {
          std::rethrow_exception(thrown);
        } catch (const std::exception& error) {
          AnswerError(500, "INTERNAL", error.what(), &response);
        } catch (...) {
          AnswerError(500, "INTERNAL", "unknown exception", &response);
        }
      });
}

void WebPage::AddFiles(httplib::Server* http) {
  http->Get(R"(/[A-Za-z0-9._-]{0,64})", [this](const httplib::Request& request, httplib::Response& response) {
    const auto file = files_.find(request.path);
    if (file == files_.end()) {
      return AnswerError(404, "NOT_FOUND", absl::StrCat(request.path, " is no part of the page"), &response);
    }
    response.set_content(file->second.content, file->second.content_type);
  });
}

}  // namespace mlfsc::client
