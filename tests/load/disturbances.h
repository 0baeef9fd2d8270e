// What happens to a server over months, beside the traffic: versions change, others change the store,
// strangers knock, the machine stops for a moment. After each of these a good request must be answered right.
#ifndef MLFSC_TESTS_LOAD_DISTURBANCES_H_
#define MLFSC_TESTS_LOAD_DISTURBANCES_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mlfsc/v1/inspection.grpc.pb.h"
#include "tests/load/load_server.h"

namespace mlfsc::testing {

// Not thread-safe.
class Disturbances {
 public:
  struct Report {
    // By what was done.
    std::map<std::string, int64_t> done;
    // Good requests that were asked afterwards.
    int64_t asked = 0;
    // Those of them that were not answered, or not right, and disturbances that did not take place as they
    // should.
    int64_t wrong = 0;
    // The first of those, in words.
    std::vector<std::string> examples;
  };

  // Teaches `server`, which outlives this, a category of its own with two versions. Ends the program when
  // that fails.
  Disturbances(LoadServer* server, double relative_tolerance);
  ~Disturbances();

  // One disturbance, each kind in turn, and a good request after it. Takes up to some seconds.
  void DoNext();

  const Report& report() const { return report_; }

 private:
  struct Kind {
    const char* name;
    void (Disturbances::*what)();
  };
  static const Kind kKinds[];

  void ActivateOther();
  void CopyCategory();
  void BreakBundle();
  void KnockWithGarbage();
  void KnockWithTls();
  void StopHalfway();
  void ManyConnections();
  void FreezeProcess();

  void Teach();
  void ExpectScore(const std::string& category);
  void Wrong(const std::string& what);

  LoadServer* const server_;
  const double relative_tolerance_;
  const std::unique_ptr<v1::InspectionService::Stub> stub_;
  std::vector<std::string> pictures_;
  // By version.
  std::map<int64_t, double> scores_;
  size_t next_ = 0;
  const char* doing_ = "";
  Report report_;
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_LOAD_DISTURBANCES_H_
