// ExportCategory and ImportCategory.
#include "server/export_call.h"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>

#include "core/bundle/bundle_archive.h"
#include "tests/server/service_fixture.h"

namespace mlfsc {
namespace {

using ::testing::HasSubstr;

class ExportCallTest : public ServiceFixture {
 protected:
  void SetUp() override { Start(); }

  grpc::Status Export(const std::string& category, int64_t version, std::vector<std::string>* pieces) {
    Context context;
    v1::ExportCategoryRequest request;
    request.set_category(category);
    request.set_version(version);
    const auto stream = stub_->ExportCategory(&context, request);
    v1::ExportCategoryResponse response;
    while (stream->Read(&response)) pieces->push_back(response.data());
    return stream->Finish();
  }

  // Sends messages until the server wants no more.
  grpc::Status Import(const std::vector<v1::ImportCategoryRequest>& messages,
                      v1::ImportCategoryResponse* response) {
    Context context;
    const auto stream = stub_->ImportCategory(&context, response);
    for (const v1::ImportCategoryRequest& message : messages) {
      if (!stream->Write(message)) break;
    }
    stream->WritesDone();
    return stream->Finish();
  }
  static v1::ImportCategoryRequest StartOf(const std::string& category, bool keep_active = false) {
    v1::ImportCategoryRequest request;
    request.mutable_start()->set_category(category);
    request.mutable_start()->set_keep_active(keep_active);
    return request;
  }
  static v1::ImportCategoryRequest Piece(const std::string& data) {
    v1::ImportCategoryRequest request;
    request.set_data(data);
    return request;
  }
};

TEST_F(ExportCallTest, AFileComesInPiecesOfAtMostAMebibyte) {
  backend_.AddCategory("tile", 1);
  const std::string file((size_t{5} << 19) + 3, 'x');
  backend_.SetExport(file);
  std::vector<std::string> pieces;
  ASSERT_TRUE(Export("tile", 7, &pieces).ok());
  std::string all;
  for (const std::string& piece : pieces) {
    EXPECT_LE(piece.size(), size_t{1} << 20);
    all += piece;
  }
  EXPECT_TRUE(all == file + "7");
}

TEST_F(ExportCallTest, WhatCannotBeExportedIsAnError) {
  std::vector<std::string> pieces;
  EXPECT_EQ(Export("none", 0, &pieces).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Export("../up", 0, &pieces).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(Export("tile", -2, &pieces).error_message(), HasSubstr("version is -2"));
  EXPECT_TRUE(pieces.empty());
}

TEST_F(ExportCallTest, PiecesAreOneFileAgainAndTheCategoryServes) {
  v1::ImportCategoryResponse response;
  ASSERT_TRUE(Import({StartOf("copy"), Piece("ab"), Piece(""), Piece("c")}, &response).ok());
  EXPECT_EQ(backend_.imported_file(), "abc");
  EXPECT_EQ(backend_.import_request().category, "copy");
  EXPECT_TRUE(backend_.import_request().activate);
  EXPECT_EQ(response.category(), "copy");
  EXPECT_EQ(response.version().version(), 1);
  EXPECT_EQ(HealthOf("category/copy"), Serving::SERVING);
}

TEST_F(ExportCallTest, AnImportMayKeepTheActiveVersion) {
  v1::ImportCategoryResponse response;
  ASSERT_TRUE(Import({StartOf("", /*keep_active=*/true), Piece("a")}, &response).ok());
  EXPECT_FALSE(backend_.import_request().activate);
  EXPECT_EQ(response.category(), "imported");
  EXPECT_EQ(HealthOf("category/imported"), Serving::UNKNOWN);
}

TEST_F(ExportCallTest, MessagesOutOfPlaceEndTheImport) {
  v1::ImportCategoryResponse response;
  EXPECT_THAT(Import({}, &response).error_message(), HasSubstr("before its first message"));
  EXPECT_THAT(Import({Piece("a")}, &response).error_message(), HasSubstr("must be its start"));
  EXPECT_THAT(Import({StartOf("a"), StartOf("b")}, &response).error_message(), HasSubstr("has no data"));
  EXPECT_THAT(Import({StartOf("../up")}, &response).error_message(), HasSubstr("../up"));
}

TEST_F(ExportCallTest, AFileBeyondTheLimitIsRefusedAsItComes) {
  std::vector<v1::ImportCategoryRequest> messages = {StartOf("big")};
  const size_t piece = size_t{16} << 20;
  messages.resize(2 + kMaxArchiveBytes / piece, Piece(std::string(piece, 'x')));
  v1::ImportCategoryResponse response;
  const grpc::Status status = Import(messages, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr(std::to_string(kMaxArchiveBytes)));
  EXPECT_EQ(backend_.imported_file(), "");
}

TEST_F(ExportCallTest, ARecalibrationIsATrainingOfAVersion) {
  Context context;
  const auto stream = stub_->RecalibrateCategory(&context);
  v1::RecalibrateCategoryRequest request;
  request.mutable_start()->set_category("tile");
  request.mutable_start()->set_version(4);
  stream->Write(request);
  const auto run = backend_.AwaitRun();
  EXPECT_EQ(backend_.training_request().recalibrated_version, 4);
  request.mutable_picture()->set_encoded("good");
  stream->Write(request);
  EXPECT_THAT(run->AwaitPictures(1), ::testing::ElementsAre("good"));
  run->Next();
  stream->WritesDone();
  run->AwaitFinish();
  TrainedVersion trained;
  trained.version = 5;
  run->Done(trained);
  v1::TrainResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.result().version().version(), 5);
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

}  // namespace
}  // namespace mlfsc
