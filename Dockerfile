# syntax=docker/dockerfile:1

FROM node:22-bookworm-slim AS build
WORKDIR /ithn
COPY package.json package-lock.json .npmrc ./
# No install script is needed to compile, and the embedded PostgreSQL (an optional dependency) is not used here.
RUN npm ci --no-progress --omit=optional --ignore-scripts
COPY tsconfig.json nest-cli.json ./
COPY apps apps
COPY libs libs
COPY test test
RUN npm run build && find dist -name '*.spec.js*' -delete

FROM node:22-bookworm-slim AS dependencies
WORKDIR /ithn
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-progress --omit=dev --omit=optional --ignore-scripts && npm cache clean --force

FROM node:22-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /ithn
COPY --from=dependencies /ithn/node_modules node_modules
COPY --from=build /ithn/dist/apps dist/apps
COPY --from=build /ithn/dist/libs dist/libs
# package.json maps #name to its lib, and nest-cli.json marks the folder that holds templates/.
COPY package.json nest-cli.json ./
COPY templates templates
USER node
EXPOSE 3000
# The same image is the API and the worker.
CMD ["node", "--enable-source-maps", "dist/apps/api/src/main.js"]
