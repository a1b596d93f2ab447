# The crawler in a container: no build step, no root, state in one volume.
#   docker build -t seedcast .
#   docker run -v seedcast:/state seedcast crawl --network navio --edge https://seed.example.org --key /state/vantage.key.json --state /state
FROM node:24-bookworm-slim
WORKDIR /seedcast
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY geodata/package.json geodata/package-lock.json geodata/
RUN npm ci --prefix geodata --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY schema schema
COPY crawler crawler
COPY serving serving
COPY nameserver nameserver
COPY introducer introducer
COPY conformance conformance
COPY workers/dns workers/dns
COPY workers/dnssec workers/dnssec
COPY workers/sampling workers/sampling
COPY cli cli
RUN install -d -o 65532 -g 65532 /state
USER 65532:65532
VOLUME /state
ENTRYPOINT ["node", "--max-semi-space-size=8", "cli/main.ts"]
CMD ["--help"]
