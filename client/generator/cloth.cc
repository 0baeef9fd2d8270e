#include "client/generator/cloth.h"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

namespace mlfsc::client {
namespace {

constexpr double kPi = 3.14159265358979323846;
// Samples a side of a pixel.
constexpr int kOversampling = 2;
// Between the threads one sees through to the table.
const cv::Vec3f kGround(0.07f, 0.065f, 0.06f);

std::array<Cloth::Wave, 3> DrawWaves(Random* random) {
  std::array<Cloth::Wave, 3> waves;
  for (Cloth::Wave& wave : waves) {
    wave.amplitude = random->Uniform(0.02, 0.09);
    wave.fx = random->Uniform(-1.5, 1.5);
    wave.fy = random->Uniform(-1.5, 1.5);
    wave.phase = random->Uniform(0, 2 * kPi);
  }
  return waves;
}

std::vector<Cloth::Thread> DrawThreads(int count, Random* random) {
  std::vector<Cloth::Thread> threads(count);
  for (Cloth::Thread& thread : threads) {
    thread.brightness = 1 + 0.035 * std::clamp(random->Normal(), -2.5, 2.5);
    thread.twist = random->Uniform(0, 2 * kPi);
  }
  return threads;
}

cv::Vec3f DrawTint(const cv::Vec3f& color, Random* random) {
  cv::Vec3f tinted = color;
  for (int c = 0; c < 3; ++c) tinted[c] *= static_cast<float>(1 + random->Uniform(-0.015, 0.015));
  return tinted;
}

double Bend(const std::array<Cloth::Wave, 3>& waves, double x, double y) {
  double bend = 0;
  for (const Cloth::Wave& wave : waves) {
    bend += wave.amplitude * std::sin(2 * kPi * (wave.fx * x + wave.fy * y) + wave.phase);
  }
  return bend;
}

const Cloth::Thread& ThreadAt(const std::vector<Cloth::Thread>& threads, int number) {
  const auto count = static_cast<int>(threads.size());
  return threads[((number % count) + count) % count];
}

// How much light a thread sends back where it is crossed: `across` in [-0.5, 0.5] from its middle, `along` in
// [-0.5, 0.5] from the middle of the crossing. It is round across, and dips under its neighbours along.
double ThreadLight(const Cloth::Thread& thread, double across, double along) {
  const double round = std::sqrt(std::max(0.0, 1 - 4 * across * across * 1.15));
  const double dip = std::cos(kPi * along * 0.85);
  const double twist = std::sin(2 * kPi * (2.2 * across + 1.6 * along) + thread.twist);
  return thread.brightness * (0.28 + 0.72 * round) * (0.55 + 0.45 * dip) * (1 + 0.07 * twist);
}

const ThreadFault* FaultAt(const std::vector<ThreadFault>& faults, int thread, double x) {
  for (const ThreadFault& fault : faults) {
    if (fault.thread == thread && x >= fault.from && x < fault.to) return &fault;
  }
  return nullptr;
}

struct Sample {
  cv::Vec3f color;
  bool faulty = false;
};

// The cloth at a point, in pixels.
Sample Look(const Cloth& cloth, const std::vector<ThreadFault>& faults, double px, double py) {
  const double x = px / cloth.size - 0.5;
  const double y = py / cloth.size - 0.5;
  const double turned_x = x * std::cos(cloth.angle) - y * std::sin(cloth.angle);
  const double turned_y = x * std::sin(cloth.angle) + y * std::cos(cloth.angle);
  const double u = (turned_x + 0.5) * cloth.size / cloth.warp_pitch + cloth.warp_shift +
                   Bend(cloth.warp_waves, turned_x, turned_y);
  const double v = (turned_y + 0.5) * cloth.size / cloth.weft_pitch + cloth.weft_shift +
                   Bend(cloth.weft_waves, turned_x, turned_y);
  const int warp_number = static_cast<int>(std::floor(u));
  const int weft_number = static_cast<int>(std::floor(v));
  const double du = u - warp_number - 0.5;
  const double dv = v - weft_number - 0.5;

  Sample sample;
  const ThreadFault* fault = FaultAt(faults, weft_number, px);
  const bool weft_missing = fault != nullptr && fault->kind == ThreadFault::Kind::kMissing;
  const bool warp_on_top = (warp_number + weft_number) % 2 == 0;
  sample.faulty = fault != nullptr && (weft_missing || !warp_on_top);

  const Cloth::Thread& warp = ThreadAt(cloth.warp, warp_number);
  const Cloth::Thread& weft = ThreadAt(cloth.weft, weft_number);
  cv::Vec3f color = kGround;
  // A thread covers 94 % of its pitch; past that one sees the ground.
  constexpr double kCover = 0.47;
  if (weft_missing) {
    // Bare warp threads, sunk in where the weft used to lift them.
    if (std::abs(du) < 0.8 * kCover) {
      color = cloth.warp_color * (0.62 * ThreadLight(warp, du * 1.25, 0.25 * dv));
    }
  } else if (warp_on_top && std::abs(du) < kCover) {
    color = cloth.warp_color * ThreadLight(warp, du, dv);
  } else if (std::abs(dv) < kCover) {
    const bool wrong = fault != nullptr && fault->kind == ThreadFault::Kind::kWrongColor;
    color = (wrong ? fault->color : cloth.weft_color) * ThreadLight(weft, dv, du);
  }
  sample.color = color * (cloth.light + cloth.light_x * x + cloth.light_y * y);
  return sample;
}

}  // namespace

Cloth DrawCloth(int size, Random* random) {
  Cloth cloth;
  cloth.size = size;
  const double pitch = size / 32.0;
  cloth.warp_pitch = pitch * (1 + random->Uniform(-0.02, 0.02));
  cloth.weft_pitch = pitch * (1 + random->Uniform(-0.02, 0.02));
  cloth.angle = random->Uniform(-0.02, 0.02);
  cloth.warp_shift = random->Uniform(0, 2);
  cloth.weft_shift = random->Uniform(0, 2);
  cloth.warp_waves = DrawWaves(random);
  cloth.weft_waves = DrawWaves(random);
  cloth.warp = DrawThreads(64, random);
  cloth.weft = DrawThreads(64, random);
  cloth.warp_color = DrawTint(cv::Vec3f(0.66f, 0.62f, 0.54f), random);
  cloth.weft_color = DrawTint(cv::Vec3f(0.44f, 0.52f, 0.60f), random);
  cloth.light = 1 + random->Uniform(-0.04, 0.04);
  cloth.light_x = random->Uniform(-0.08, 0.08);
  cloth.light_y = random->Uniform(-0.08, 0.08);
  return cloth;
}

RenderedCloth RenderCloth(const Cloth& cloth, const std::vector<ThreadFault>& faults) {
  const int samples = cloth.size * kOversampling;
  cv::Mat fine(samples, samples, CV_32FC3);
  cv::Mat fine_faults(samples, samples, CV_8UC1, cv::Scalar(0));
  for (int y = 0; y < samples; ++y) {
    for (int x = 0; x < samples; ++x) {
      const Sample sample = Look(cloth, faults, (x + 0.5) / kOversampling, (y + 0.5) / kOversampling);
      fine.at<cv::Vec3f>(y, x) = sample.color;
      if (sample.faulty) fine_faults.at<uint8_t>(y, x) = 255;
    }
  }
  RenderedCloth rendered;
  const cv::Size size(cloth.size, cloth.size);
  cv::resize(fine, rendered.picture, size, 0, 0, cv::INTER_AREA);
  cv::resize(fine_faults, rendered.fault_mask, size, 0, 0, cv::INTER_AREA);
  cv::threshold(rendered.fault_mask, rendered.fault_mask, 127, 255, cv::THRESH_BINARY);
  return rendered;
}

cv::Mat Photograph(const cv::Mat& picture, Random* random) {
  cv::Mat blurred;
  cv::GaussianBlur(picture, blurred, cv::Size(3, 3), 0.5);
  cv::Mat photograph(picture.size(), CV_8UC3);
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      const cv::Vec3f& color = blurred.at<cv::Vec3f>(y, x);
      for (int c = 0; c < 3; ++c) {
        const double value = 255 * color[c] + 1.6 * random->Normal();
        photograph.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<uint8_t>(value);
      }
    }
  }
  return photograph;
}

}  // namespace mlfsc::client
