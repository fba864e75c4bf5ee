# Image of the operator: one native program on a base without shell or package manager, as user 65532.
#
#   docker buildx build --build-arg REGISTRY=HOST/ --build-arg VERSION=0.1.0 --build-arg REVISION=$(git rev-parse HEAD) \
#       --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) --platform linux/amd64,linux/arm64 -t NAME .
#
# REGISTRY is where Microsoft's images of .NET lie, with a slash at its end. Each platform is compiled on itself, so arm64 needs a builder of that kind.
# What the build stage does is done by hack/image.sh alone, which also runs where no container engine is and checks the result.
ARG REGISTRY
ARG SDK=dotnet/sdk:10.0-noble-aot
ARG BASE=dotnet/runtime-deps:10.0-noble-chiseled

FROM ${REGISTRY}${SDK} AS build
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG SOURCE_DATE_EPOCH=0
WORKDIR /src
COPY . .
RUN VERSION=${VERSION} REVISION=${REVISION} SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH} hack/image.sh build /out

FROM ${REGISTRY}${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="provisioning-operator" \
      org.opencontainers.image.description="Keeps machines as declared: which disk image is on them, and whether they are powered." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="The Provisioning Operator authors" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /out/ /
# The base knows no such user, and without a home .NET looks for its certificate store in vain.
ENV HOME=/
USER 65532:65532
EXPOSE 8081
ENTRYPOINT ["/provisioning-operator"]
