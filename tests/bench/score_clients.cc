#include "tests/bench/score_clients.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>

#include "absl/strings/str_cat.h"
#include "core/base/mutex.h"

namespace mlfsc {
namespace {

using SteadyClock = std::chrono::steady_clock;

double Seconds(SteadyClock::duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

class ScoreClients::Impl {
 public:
  Impl(int port, int clients, const std::string& category, const std::vector<v1::Picture>& pictures) {
    for (int i = 0; i < clients; ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      channels_.push_back(grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port),
                                                    grpc::InsecureChannelCredentials(), arguments));
      stubs_.push_back(v1::InspectionService::NewStub(channels_.back()));
    }
    for (const v1::Picture& picture : pictures) {
      v1::ScoreRequest request;
      request.set_category(category);
      *request.mutable_picture() = picture;
      requests_.push_back(std::move(request));
    }
  }

  std::vector<ScoreAnswer> Closed(int at_once, int count) {
    Begin();
    std::atomic<int> next{0};
    std::function<void(size_t)> send_next = [&](size_t client) {
      if (next.fetch_add(1) >= count) return;
      Send(client, SteadyClock::now(), absl::Hours(1), [&send_next, client] { send_next(client); });
    };
    for (int i = 0; i < at_once; ++i) send_next(static_cast<size_t>(i));
    return AwaitAll(count);
  }

  std::vector<ScoreAnswer> Open(absl::Duration deadline, int at_once, const std::function<double()>& next_gap,
                                const std::function<bool(double)>& go_on) {
    Begin();
    SteadyClock::time_point due = start_;
    int sent = 0;
    for (; go_on(Seconds(due - start_)); ++sent) {
      if (sent >= at_once) {
        due += std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(next_gap()));
        std::this_thread::sleep_until(due);
      }
      Send(static_cast<size_t>(sent) % stubs_.size(), due, deadline, [] {});
    }
    return AwaitAll(sent);
  }

 private:
  struct Call {
    grpc::ClientContext context;
    v1::ScoreResponse response;
    SteadyClock::time_point due;
    std::function<void()> then;
  };

  void Begin() {
    MutexLock lock(&mutex_);
    answers_.clear();
    start_ = SteadyClock::now();
  }

  // `then` is called before the answer counts.
  void Send(size_t client, SteadyClock::time_point due, absl::Duration deadline, std::function<void()> then) {
    auto* const call = new Call;
    call->due = due;
    call->then = std::move(then);
    call->context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(deadline));
    const v1::ScoreRequest& request = requests_[next_request_.fetch_add(1) % requests_.size()];
    stubs_[client]->async()->Score(&call->context, &request, &call->response,
                                   [this, call](const grpc::Status& status) {
                                     ScoreAnswer answer;
                                     answer.sent = Seconds(call->due - start_);
                                     answer.latency = Seconds(SteadyClock::now() - call->due);
                                     answer.code = status.error_code();
                                     call->then();
                                     delete call;
                                     MutexLock lock(&mutex_);
                                     answers_.push_back(answer);
                                     mutex_.SignalAll();
                                   });
  }

  std::vector<ScoreAnswer> AwaitAll(int count) {
    MutexLock lock(&mutex_);
    mutex_.Await(
        [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return static_cast<int>(answers_.size()) == count; });
    return answers_;
  }

  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  std::vector<std::unique_ptr<v1::InspectionService::Stub>> stubs_;
  std::vector<v1::ScoreRequest> requests_;
  std::atomic<size_t> next_request_{0};
  SteadyClock::time_point start_;
  Mutex mutex_;
  std::vector<ScoreAnswer> answers_ ABSL_GUARDED_BY(mutex_);
};

ScoreClients::ScoreClients(int port, int clients, const std::string& category,
                           const std::vector<v1::Picture>& pictures)
    : impl_(std::make_unique<Impl>(port, clients, category, pictures)) {}
ScoreClients::~ScoreClients() = default;

std::vector<ScoreAnswer> ScoreClients::Closed(int at_once, int count) {
  return impl_->Closed(at_once, count);
}

std::vector<ScoreAnswer> ScoreClients::Open(absl::Duration deadline, int at_once,
                                            const std::function<double()>& next_gap,
                                            const std::function<bool(double)>& go_on) {
  return impl_->Open(deadline, at_once, next_gap, go_on);
}

}  // namespace mlfsc
