# Two stages: the first loads the model with torch and exports it; the second runs the export and
# holds no torch. The build is the last moment that needs the network.

FROM python:3.11-slim AS model
WORKDIR /build
COPY . .
# A CPU build of torch, where the builder can name an index that has one, saves several GB.
ARG TORCH_INDEX=
RUN python -m venv /export \
 && /export/bin/pip install --no-cache-dir --constraint .constraints.txt \
      ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} torch==2.13.0 \
 && /export/bin/pip install --no-cache-dir --constraint .constraints.txt '.[server,models]' \
 && MEMSVC_MODELS=/models /export/bin/memsvc model

FROM python:3.11-slim
WORKDIR /build
COPY . .
RUN pip install --no-cache-dir --constraint .constraints.txt '.[server,documents,mcp,postgres]' \
 && rm -rf /build \
 && useradd --create-home --uid 10001 memsvc \
 && install -d -o memsvc -g memsvc -m 700 /data
COPY --from=model /models /models
WORKDIR /home/memsvc
USER memsvc
# Inside a container loopback reaches nobody; what is published is the host's decision.
ENV MEMSVC_DATA=/data MEMSVC_MODELS=/models MEMSVC_HOST=0.0.0.0 MEMSVC_LOG_JSON=true
VOLUME /data
EXPOSE 7077
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7077/readyz', timeout=2)"]
CMD ["memsvc", "serve"]
