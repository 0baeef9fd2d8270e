// What the real server leaves on disk, and what it makes of what it finds there.
#include <csignal>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "tests/e2e/cloth.h"
#include "tests/e2e/running_server.h"
#include "tests/testing/golden.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StoreE2eTest : public ::testing::Test {
 protected:
  void Train(RunningServer* server, const std::string& category) {
    v1::TrainResult result;
    const grpc::Status status = server->Train(category, QuickOptions(), GoodCloths(4), &result);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  double Score(RunningServer* server, const std::string& category) {
    v1::Inspection inspection;
    const grpc::Status status = server->Score(category, ClothPng(1001, Defect::kHole), &inspection);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return inspection.raw_score();
  }
  // Every bundle and manifest below the store, whole or not.
  std::vector<std::string> FilesOfVersions() {
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(store_.path())) {
      const std::string name = entry.path().filename().string();
      if (name.find("bundle") == 0 || name.find("manifest") == 0) files.push_back(entry.path().string());
    }
    return files;
  }
  // A Train that has sent three pictures and goes on.
  std::unique_ptr<grpc::ClientReaderWriter<v1::TrainRequest, v1::TrainResponse>> BeginTraining(
      RunningServer* server, CallContext* context) {
    auto stream = server->stub().Train(context);
    v1::TrainRequest request;
    request.mutable_start()->set_category("unfinished");
    *request.mutable_start()->mutable_options() = QuickOptions();
    stream->Write(request);
    for (const std::string& picture : GoodCloths(3)) {
      request.mutable_picture()->set_encoded(picture);
      stream->Write(request);
    }
    v1::TrainResponse response;
    while (stream->Read(&response) && response.progress().phase() != v1::TrainProgress::FEATURES) {
    }
    return stream;
  }

  const testing::TemporaryFolder store_;
};

TEST_F(StoreE2eTest, TheSamePicturesGiveTheSameBundleAndARestartTheSameScores) {
  double before = 0;
  {
    RunningServer server(store_.path());
    Train(&server, "one");
    Train(&server, "two");
    before = Score(&server, "one");
    EXPECT_EQ(Score(&server, "two"), before);
    EXPECT_EQ(server.Stop(), 0);
  }
  EXPECT_EQ(testing::ReadFile(store_.path() + "/one/1/bundle.safetensors"),
            testing::ReadFile(store_.path() + "/two/1/bundle.safetensors"));
  RunningServer server(store_.path());
  EXPECT_EQ(Score(&server, "one"), before);
}

TEST_F(StoreE2eTest, AKilledTrainingLeavesNothingAndTheNextStartIsClean) {
  {
    RunningServer server(store_.path());
    CallContext context;
    const auto stream = BeginTraining(&server, &context);
    server.process().Signal(SIGKILL);
    EXPECT_EQ(server.process().Wait(), 128 + SIGKILL);
  }
  EXPECT_THAT(FilesOfVersions(), IsEmpty());
  RunningServer server(store_.path());
  EXPECT_THAT(server.process().log(), AllOf(HasSubstr("categories=0"), ::testing::Not(HasSubstr("warning"))));
  CallContext context;
  v1::ListCategoriesResponse response;
  EXPECT_TRUE(server.stub().ListCategories(&context, {}, &response).ok());
  EXPECT_EQ(response.categories_size(), 0);
}

TEST_F(StoreE2eTest, AClientThatGoesAwayLeavesNothingAndMakesRoomForTheNext) {
  RunningServer server(store_.path());
  {
    CallContext context;
    const auto stream = BeginTraining(&server, &context);
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_THAT(FilesOfVersions(), IsEmpty());
  // There is room for one training. The server hears of the client's end when it hears of it, and a client
  // that is told to come again does so.
  grpc::Status status;
  do {
    v1::TrainResult result;
    status = server.Train("next", QuickOptions(), GoodCloths(2), &result);
  } while (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(StoreE2eTest, ADamagedBundleIsNamedAndTheOthersServe) {
  {
    RunningServer server(store_.path());
    Train(&server, "damaged");
    fs::copy(store_.path() + "/damaged", store_.path() + "/sound", fs::copy_options::recursive);
    EXPECT_EQ(server.Stop(), 0);
  }
  const std::string bundle = store_.path() + "/damaged/1/bundle.safetensors";
  {
    std::fstream file(bundle, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(fs::file_size(bundle) / 2));
    file << "damage";
  }
  RunningServer server(store_.path());
  EXPECT_GT(Score(&server, "sound"), 0);
  v1::Inspection inspection;
  const grpc::Status status = server.Score("damaged", ClothPng(1), &inspection);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DATA_LOSS);
  EXPECT_THAT(status.error_message(), HasSubstr("bundle.safetensors"));
  // Whoever found it, the server at its start or the request.
  EXPECT_THAT(server.process().log(), AllOf(HasSubstr("warning"), HasSubstr("category=damaged")));
}

TEST_F(StoreE2eTest, VersionsAreActivatedAndDeleted) {
  RunningServer server(store_.path());
  Train(&server, "tile");
  Train(&server, "tile");
  v1::Category category;
  {
    CallContext context;
    v1::DeleteVersionRequest request;
    request.set_category("tile");
    request.set_version(2);
    EXPECT_EQ(server.stub().DeleteVersion(&context, request, &category).error_code(),
              grpc::StatusCode::FAILED_PRECONDITION);
  }
  {
    CallContext context;
    v1::ActivateVersionRequest request;
    request.set_category("tile");
    request.set_version(1);
    EXPECT_TRUE(server.stub().ActivateVersion(&context, request, &category).ok());
    EXPECT_EQ(category.active_version(), 1);
  }
  v1::Inspection inspection;
  EXPECT_TRUE(server.Score("tile", ClothPng(1), &inspection).ok());
  EXPECT_EQ(inspection.version(), 1);
  CallContext context;
  v1::DeleteVersionRequest request;
  request.set_category("tile");
  request.set_version(2);
  EXPECT_TRUE(server.stub().DeleteVersion(&context, request, &category).ok());
  EXPECT_EQ(category.versions_size(), 1);
}

}  // namespace
}  // namespace mlfsc
