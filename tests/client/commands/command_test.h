// Runs `mlfsc` against a fake server.
#ifndef MLFSC_TESTS_CLIENT_COMMANDS_COMMAND_TEST_H_
#define MLFSC_TESTS_CLIENT_COMMANDS_COMMAND_TEST_H_

#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "client/commands/app.h"
#include "client/pictures/picture_file.h"
#include "core/image/draw.h"
#include "tests/testing/fake_stub.h"
#include "tests/testing/self_advancing_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::client {

class CommandTest : public ::testing::Test {
 protected:
  struct Outcome {
    int code;
    std::string out;
    std::string err;
  };

  Outcome Run(std::vector<std::string> arguments) {
    std::ostringstream out;
    std::ostringstream err;
    Context context;
    context.terminal.out = &out;
    context.terminal.err = &err;
    context.clock = &clock_;
    context.connect = [this](const ConnectionOptions& options) {
      connected_ = options;
      return MakeConnection(stub_, options.retry, &clock_, [] { return 0.0; });
    };
    context.listen_for_interrupt = [this] { return std::make_unique<FakeInterrupt>(&interrupted_); };
    const int code = RunApp(std::move(arguments), context);
    return {code, out.str(), err.str()};
  }

  std::string Path(const std::string& name) const { return temporary_.path() + "/" + name; }

  void WriteText(const std::string& name, const std::string& text) {
    ASSERT_THAT(WriteFile(Path(name), text), testing::IsOk());
  }

  // A PNG whose pixels are all of one grey; a mask where it is white.
  void WritePicture(const std::string& name, int grey, int height = 16, int width = 16) {
    Image image;
    image.rgb = cv::Mat(height, width, CV_8UC3, cv::Scalar::all(grey));
    const absl::StatusOr<std::string> png = EncodePng(image);
    ASSERT_THAT(png, testing::IsOk());
    ASSERT_THAT(WriteFile(Path(name), *png), testing::IsOk());
  }

  // What the user wants when a command asks whether to end.
  std::function<bool()> interrupted_ = [] { return false; };

 private:
  class FakeInterrupt : public Interrupt {
   public:
    explicit FakeInterrupt(std::function<bool()>* interrupted) : interrupted_(interrupted) {}
    bool Requested() const override { return (*interrupted_)(); }

   private:
    std::function<bool()>* const interrupted_;
  };

 protected:
  testing::TemporaryFolder temporary_;
  testing::SelfAdvancingClock clock_;
  std::shared_ptr<testing::FakeStub> stub_ = std::make_shared<testing::FakeStub>();
  // What the last command asked for.
  ConnectionOptions connected_;
};

// Version `number`, learnt with the defaults.
inline v1::Version MakeVersion(int64_t number) {
  v1::Version version;
  version.set_version(number);
  version.set_pictures(60);
  version.mutable_create_time()->set_seconds(1700000000);
  v1::CategoryOptions* options = version.mutable_options();
  options->set_feature_source(v1::PYRAMID);
  options->set_input_size(256);
  options->set_resize(v1::AREA);
  options->set_coder(v1::LASSO);
  options->set_score_method(v1::WHITENED);
  v1::Calibration* calibration = version.mutable_calibration();
  calibration->set_false_alarm_rate(0.01);
  calibration->set_threshold(10);
  calibration->set_review_low(8);
  calibration->set_review_high(12);
  return version;
}

}  // namespace mlfsc::client

#endif  // MLFSC_TESTS_CLIENT_COMMANDS_COMMAND_TEST_H_
