# Debian 12's packages; `scripts/setup` installs them. A library without a usable CMake file gets a target here.
find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Boost 1.74 REQUIRED)  # headers only: Boost.Math
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(hwy REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_package(TIFF REQUIRED)
if(MLFSC_WITH_TORCH)
  find_package(Torch REQUIRED)
endif()

# Eigen with OpenBLAS behind its large products and factorisations. One target, so that every file sees the same Eigen.
find_library(OPENBLAS_LIBRARY openblas REQUIRED)
add_library(mlfsc_eigen INTERFACE)
target_link_libraries(mlfsc_eigen INTERFACE Eigen3::Eigen ${OPENBLAS_LIBRARY})
target_compile_definitions(mlfsc_eigen INTERFACE EIGEN_USE_BLAS)

# The OpenCV modules used here. OpenCV's own CMake file is in libopencv-dev, which would pull in half a desktop. Its codecs are for tests
# only: they bring in GDAL and a hundred more libraries, and decode what is cut short or damaged as if it were whole.
find_path(OPENCV_INCLUDE_DIR opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
foreach(module core imgproc imgcodecs)
  find_library(OPENCV_${module}_LIBRARY opencv_${module} REQUIRED)
endforeach()
add_library(mlfsc_opencv INTERFACE)
target_include_directories(mlfsc_opencv SYSTEM INTERFACE ${OPENCV_INCLUDE_DIR})
target_link_libraries(mlfsc_opencv INTERFACE ${OPENCV_core_LIBRARY} ${OPENCV_imgproc_LIBRARY})
add_library(mlfsc_opencv_codecs INTERFACE)
target_link_libraries(mlfsc_opencv_codecs INTERFACE mlfsc_opencv ${OPENCV_imgcodecs_LIBRARY})
