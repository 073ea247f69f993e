// DescentLab: how learning rate, momentum and the shape of the loss decide a descent (chapter 4).
//
// `describe` is the lab: a pure function from the settings to everything shown. It defines the same things
// as largemodels/descent.py, in the same order of operations, and tests hold the two equal.

import { bindSettings, button, createReadout, describeProblems, drawAxes, element, fill, formatApart, formatNumber, LAB_STRINGS, linearAxis, linkButton, logAxis, numberField, selectControl, setText, sliderControl, svgElement, symlogAxis, themeColour, watchSize, watchTheme } from "./lab.js";

export const STRINGS = {
  en: {
    title: "Gradient descent lab",
    // Controls
    surface: "Surface",
    surface_round: "round bowl",
    surface_narrow: "narrow bowl",
    surface_saddle: "saddle",
    surface_curved: "curved valley",
    optimizer: "Optimizer",
    optimizer_gradient_descent: "gradient descent",
    optimizer_momentum: "momentum",
    optimizer_adam: "Adam",
    learning_rate: "Learning rate η",
    momentum: "Momentum β",
    momentum_adam: "Adam's β₁",
    momentum_unused: "none in plain descent",
    num_steps: "Steps shown",
    start: "Start",
    start_number: "Start, {name}",
    start_handle: "Start point at w₁ = {w1}, w₂ = {w2}; the arrow keys move it, with Shift further",
    play: "Play",
    pause: "Pause",
    // Pictures
    minimum_mark: "minimum",
    saddle_mark: "saddle point",
    start_mark: "start",
    stopped_mark: "stopped",
    step_axis: "step",
    loss_axis: "loss L",
    plot_label:
      "Contour lines of the loss over w₁ and w₂ with the path of descent, from ({w1}, {w2}) to ({y1}, {y2}) at step {step}.",
    loss_label: "The loss at each step: {first} at the start, {last} at step {step}, at its lowest {lowest}.",
    // Table
    direction: "direction",
    along_valley: "along valley",
    across_valley: "across valley",
    curvature: "curvature λ",
    local_curvature: "local λ",
    factor: "factor |1 − ηλ|",
    factor_momentum: "factor, largest |z|",
    factor_adam: "factor",
    meaning: "each step, that part of the distance",
    at_once: "is gone",
    shrinks: "shrinks",
    shrinks_flipping: "shrinks and changes sign",
    swings: "swings, shrinking",
    holds: "changes sign, same size",
    grows: "grows, downhill for ever",
    grows_flipping: "grows and changes sign",
    rescaled: "has no fixed factor",
    no_component: "stays 0: none at the start",
    and: " and ",
    between_sentences: " ",
    bound_bowl: "Converges for every η below {bound_name} = {bound}.",
    bound_saddle: "Along w₁ it converges for η below {bound_name} = {bound}; along w₂, where λ < 0, for no η.",
    bound_local: "Once near the minimum, it converges for η below {bound_name} = {bound}.",
    bound_none: "Adam has no such bound: the run decides.",
    last_step: "Step {step}, worked out",
    // Verdicts
    at_rest_minimum: "At rest: the start is the minimum, where the gradient is zero, so no step moves it.",
    at_rest_saddle:
      "At rest: the start is the saddle point, where the gradient is zero. It is no minimum: the slightest push along w₂ slides away.",
    converges_at_once: "Converges in one step: the factor along {directions} is zero.",
    converges_smoothly:
      "Converges smoothly: the distance to the minimum falls tenfold about every {steps} steps (largest factor {rate}).",
    converges_zigzagging:
      "Converges, zigzagging along {directions}: the distance to the minimum falls tenfold about every {steps} steps (largest factor {rate}).",
    converges_swinging:
      "Converges, swinging past the minimum along {directions}: the distance falls tenfold about every {steps} steps (largest factor {rate}).",
    neither:
      "Neither converges nor diverges: η = {learning_rate} equals {bound_name} = {bound}, so along {directions} it bounces at the same size for ever.",
    diverges:
      "Diverges: η = {learning_rate} > {bound_name} = {bound}. Along {directions} each step overshoots, {factor} times as far as the last.",
    leaves_saddle:
      "Leaves the saddle along w₂: that part grows by the factor {rate} each step, and the loss is unbounded below.",
    leaves_saddle_observed:
      "Leaves the saddle along w₂: at step {step} |w₂| is {distance} and the loss {loss}, with nothing below to stop it.",
    stuck_on_ridge:
      "Stuck on the ridge: with w₂ = 0 exactly it converges to the saddle point, which is no minimum (largest factor {rate}).",
    stuck_on_ridge_observed:
      "Stuck on the ridge: with w₂ = 0 exactly it arrives, by step {reached}, at the saddle point, which is no minimum.",
    reached: "Reaches the minimum: from step {reached} on, distance and gradient stay below {tolerance}.",
    still_falling: "Still moving at step {step}: the loss is {loss} and falling.",
    unsettled: "Does not settle by step {step}: it bounces or circles; the loss, {loss}, is not falling steadily.",
    blew_up: "Blows up: each step overshoots the valley further.",
    // Notes
    clipped: "Stopped at step {stopped}, before it passes ±10⁶.",
    dormant: "It would run away along {directions}, but starts at 0 there.",
    also_leaves: "It leaves the saddle along w₂ as well.",
    unstable_minimum: "It cannot settle at the minimum: η = {learning_rate} > {bound_name} = {bound} there.",
  },
  zh: {
    title: "梯度下降实验",
    surface: "曲面",
    surface_round: "圆碗",
    surface_narrow: "窄碗",
    surface_saddle: "鞍面",
    surface_curved: "弯曲的山谷",
    optimizer: "优化器",
    optimizer_gradient_descent: "梯度下降",
    optimizer_momentum: "动量",
    optimizer_adam: "Adam",
    learning_rate: "学习率 η",
    momentum: "动量 β",
    momentum_adam: "Adam 的 β₁",
    momentum_unused: "普通梯度下降没有动量",
    num_steps: "显示步数",
    start: "起点",
    start_number: "起点 {name}",
    start_handle: "起点 w₁ = {w1}，w₂ = {w2}；用方向键移动，按住 Shift 移动得更远",
    play: "播放",
    pause: "暂停",
    minimum_mark: "最小值点",
    saddle_mark: "鞍点",
    start_mark: "起点",
    stopped_mark: "停止",
    step_axis: "步数",
    loss_axis: "损失 L",
    plot_label: "损失在 w₁、w₂ 上的等高线与下降路径：从 ({w1}, {w2}) 出发，第 {step} 步到达 ({y1}, {y2})。",
    loss_label: "每一步的损失：起点 {first}，第 {step} 步 {last}，最低 {lowest}。",
    direction: "方向",
    along_valley: "沿山谷",
    across_valley: "横穿山谷",
    curvature: "曲率 λ",
    local_curvature: "局部 λ",
    factor: "因子 |1 − ηλ|",
    factor_momentum: "因子，最大 |z|",
    factor_adam: "因子",
    meaning: "每一步，该方向上的距离",
    at_once: "变为零",
    shrinks: "缩小",
    shrinks_flipping: "缩小并变号",
    swings: "摆动并缩小",
    holds: "变号，大小不变",
    grows: "增大，一直下坡",
    grows_flipping: "增大并变号",
    rescaled: "没有固定的因子",
    no_component: "始终为 0：起点无此分量",
    and: " 和 ",
    between_sentences: "",
    bound_bowl: "当 η 小于 {bound_name} = {bound} 时收敛。",
    bound_saddle: "沿 w₁，当 η 小于 {bound_name} = {bound} 时收敛；沿 w₂（λ < 0），任何 η 都不收敛。",
    bound_local: "到了最小值点附近，当 η 小于 {bound_name} = {bound} 时收敛。",
    bound_none: "Adam 没有这样的界限：以实际运行为准。",
    last_step: "第 {step} 步的演算",
    at_rest_minimum: "静止：起点就是最小值点，梯度为零，任何一步都不会移动。",
    at_rest_saddle: "静止：起点是鞍点，梯度为零。它不是最小值点：沿 w₂ 稍有扰动就会滑走。",
    converges_at_once: "一步收敛：沿 {directions} 的因子为零。",
    converges_smoothly: "平稳收敛：到最小值点的距离约每 {steps} 步缩小到十分之一（最大因子 {rate}）。",
    converges_zigzagging: "收敛，沿 {directions} 来回折返：到最小值点的距离约每 {steps} 步缩小到十分之一（最大因子 {rate}）。",
    converges_swinging: "收敛，沿 {directions} 摆过最小值点再返回：距离约每 {steps} 步缩小到十分之一（最大因子 {rate}）。",
    neither: "既不收敛也不发散：η = {learning_rate} 正好是 {bound_name} = {bound}，沿 {directions} 永远以同样的幅度来回跳动。",
    diverges: "发散：η = {learning_rate} > {bound_name} = {bound}。沿 {directions} 每一步都越过中心，距离是前一步的 {factor} 倍。",
    leaves_saddle: "沿 w₂ 离开鞍点：该分量每一步乘以 {rate}，损失没有下界。",
    leaves_saddle_observed: "沿 w₂ 离开鞍点：第 {step} 步时 |w₂| 为 {distance}，损失为 {loss}，没有下界。",
    stuck_on_ridge: "困在脊上：w₂ 恰为 0，收敛到鞍点，而鞍点不是最小值点（最大因子 {rate}）。",
    stuck_on_ridge_observed: "困在脊上：w₂ 恰为 0，第 {reached} 步时已到达鞍点，而鞍点不是最小值点。",
    reached: "到达最小值点：从第 {reached} 步起，距离和梯度都小于 {tolerance}。",
    still_falling: "第 {step} 步仍在移动：损失为 {loss}，还在下降。",
    unsettled: "到第 {step} 步仍未稳定：来回跳动或绕圈，损失为 {loss}，没有稳定下降。",
    blew_up: "失控：每一步都比前一步更远地越过山谷。",
    clipped: "在第 {stopped} 步停止：下一步将超出 ±10⁶。",
    dormant: "它本会沿 {directions} 跑开，但起点在该方向上为 0。",
    also_leaves: "它同时也沿 w₂ 离开鞍点。",
    unstable_minimum: "它无法停在最小值点：η = {learning_rate} > 那里的 {bound_name} = {bound}。",
  },
};

/** The settings, their ranges and choices, as the Python class has them. */
export const SCHEMA = {
  surface: { choices: ["round", "narrow", "saddle", "curved"] },
  optimizer: { choices: ["gradient_descent", "momentum", "adam"] },
  learning_rate: { minimum: 0.001, maximum: 10 },
  momentum: { minimum: 0, maximum: 0.99 },
  start: { minimum: -2, maximum: 2, size: 2 },
  num_steps: { minimum: 1, maximum: 200, whole: true },
};

const LARGEST_COORDINATE = 1e6; // a run is stopped before a coordinate grows beyond this
const REACHED = 0.01; // distance and gradient norm below which a run counts as arrived
const SETTLED_POINTS = 5; // how many last points must be that close
const FACTOR_TOLERANCE = 1e-12; // a factor this near to 1 is 1, up to the rounding of η λ
const ADAM_BETA_2 = 0.999;
const ADAM_EPSILON = 1e-7;
const COORDINATES = ["w₁", "w₂"];

// ---------------------------------------------------------------------------------------------------------
// Surfaces

function quadraticSurface(curvatures) {
  const [lambda1, lambda2] = curvatures;
  return {
    isQuadratic: true,
    hasMinimum: Math.min(...curvatures) > 0,
    stationaryPoint: [0, 0],
    curvatures,
    value: (w1, w2) => 0.5 * (lambda1 * w1 * w1 + lambda2 * w2 * w2),
    gradient: (w1, w2) => [lambda1 * w1, lambda2 * w2],
  };
}

const curvedSurface = {
  isQuadratic: false,
  hasMinimum: true,
  stationaryPoint: [1, 1],
  // Eigenvalues of [[17, -8], [-8, 4]]; their product is 4, which gives the small one without cancellation.
  curvatures: [4 / ((21 + Math.sqrt(425)) / 2), (21 + Math.sqrt(425)) / 2],
  value(w1, w2) {
    const gap = w2 - w1 * w1;
    return 0.5 * (1 - w1) * (1 - w1) + 2 * gap * gap;
  },
  gradient(w1, w2) {
    const gap = w2 - w1 * w1;
    return [w1 - 1 - 8 * w1 * gap, 4 * gap];
  },
};

const SURFACES = {
  round: quadraticSurface([1, 2]),
  narrow: quadraticSurface([0.25, 5]),
  saddle: quadraticSurface([1, -0.5]),
  curved: curvedSurface,
};

// ---------------------------------------------------------------------------------------------------------
// Theory

/** The bound of the learning rate: 2 (1 + β) / λmax. */
export function learningRateBound(curvatures, momentum = 0) {
  return (2 * (1 + momentum)) / Math.max(...curvatures);
}

/** The size of the largest root of z² - (1 + β - ηλ) z + β; |1 - ηλ| without momentum. */
export function spectralRadius(learningRate, curvature, momentum) {
  const trace = 1 + momentum - learningRate * curvature;
  const discriminant = trace * trace - 4 * momentum;
  if (discriminant < 0) return Math.sqrt(momentum);
  return (Math.abs(trace) + Math.sqrt(discriminant)) / 2;
}

function motionOf(learningRate, curvature, momentum) {
  const factor = spectralRadius(learningRate, curvature, momentum);
  const trace = 1 + momentum - learningRate * curvature;
  if (Math.abs(factor - 1) <= FACTOR_TOLERANCE) return "holds";
  if (trace * trace - 4 * momentum < 0) return "swings";
  if (factor === 0) return "at_once";
  return (factor > 1 ? "grows" : "shrinks") + (trace < 0 ? "_flipping" : "");
}

const grows = (motion) => motion === "grows" || motion === "grows_flipping";

function verdictByTheory(curvatures, motions, active) {
  const moving = [0, 1].filter((i) => active[i]);
  const anyMoves = (motion) => moving.some((i) => motions[i] === motion);
  if (moving.some((i) => grows(motions[i]) && curvatures[i] > 0)) return "diverges";
  if (moving.some((i) => curvatures[i] < 0)) return "leaves_saddle";
  if (anyMoves("holds")) return "neither";
  if (Math.min(...curvatures) < 0) return "stuck_on_ridge";
  if (anyMoves("shrinks_flipping")) return "converges_zigzagging";
  if (anyMoves("swings")) return "converges_swinging";
  return anyMoves("shrinks") ? "converges_smoothly" : "converges_at_once";
}

// ---------------------------------------------------------------------------------------------------------
// The run

/**
 * Take the steps, in Keras's forms.
 * @returns {{ points, gradients, stoppedAt, lastStep }}  `lastStep` holds what the last step computed, by
 *   coordinate where it is a pair: step, before, after, gradient, and what the optimizer needs besides.
 */
function takeSteps(surface, { optimizer, learning_rate: learningRate, momentum, start, num_steps: numSteps }) {
  const points = [[start[0], start[1]]];
  const gradients = [surface.gradient(...start)];
  let velocity = [0, 0];
  let mean = [0, 0];
  let meanSquare = [0, 0];
  // Running products, not powers: `**` and NumPy's power may differ in the last bit.
  let beta1Power = 1;
  let beta2Power = 1;
  let lastStep = null;
  for (let step = 1; step <= numSteps; step += 1) {
    const before = points[step - 1];
    const gradient = gradients[step - 1];
    const work = { step, before, gradient };
    if (optimizer === "gradient_descent") {
      work.after = [0, 1].map((i) => before[i] - learningRate * gradient[i]);
    } else if (optimizer === "momentum") {
      work.velocityBefore = velocity;
      velocity = [0, 1].map((i) => momentum * velocity[i] - learningRate * gradient[i]);
      work.velocity = velocity;
      work.after = [0, 1].map((i) => before[i] + velocity[i]);
    } else {
      beta1Power *= momentum;
      beta2Power *= ADAM_BETA_2;
      work.alpha = (learningRate * Math.sqrt(1 - beta2Power)) / (1 - beta1Power);
      mean = [0, 1].map((i) => mean[i] + (gradient[i] - mean[i]) * (1 - momentum));
      meanSquare = [0, 1].map((i) => meanSquare[i] + (gradient[i] * gradient[i] - meanSquare[i]) * (1 - ADAM_BETA_2));
      work.mean = mean;
      work.rootMeanSquare = meanSquare.map(Math.sqrt);
      work.after = [0, 1].map((i) => before[i] - (mean[i] * work.alpha) / (work.rootMeanSquare[i] + ADAM_EPSILON));
    }
    if (!work.after.every((coordinate) => Math.abs(coordinate) <= LARGEST_COORDINATE)) {
      return { points, gradients, stoppedAt: step - 1, lastStep };
    }
    lastStep = work;
    points.push(work.after);
    gradients.push(surface.gradient(...work.after));
  }
  return { points, gradients, stoppedAt: null, lastStep };
}

const length = (w1, w2) => Math.sqrt(w1 * w1 + w2 * w2);

/** The first step from which distance and gradient stay below REACHED, or null. */
function firstStepOfRest(points, gradientNorms, [target1, target2]) {
  let first = points.length;
  while (
    first > 0 &&
    gradientNorms[first - 1] < REACHED &&
    length(points[first - 1][0] - target1, points[first - 1][1] - target2) < REACHED
  ) {
    first -= 1;
  }
  return points.length - first >= Math.min(SETTLED_POINTS, points.length) ? first : null;
}

function verdictByRun(surface, points, losses, reachedAt, stoppedAt) {
  if (stoppedAt !== null) return "blew_up";
  const [first, last] = [points[0], points[points.length - 1]];
  // Adam never turns back towards a saddle: along a negative curvature every gradient points away.
  if (!surface.hasMinimum && [0, 1].some((i) => surface.curvatures[i] < 0 && Math.abs(last[i]) > Math.abs(first[i]))) {
    return "leaves_saddle";
  }
  if (reachedAt !== null) return surface.hasMinimum ? "reached" : "stuck_on_ridge";
  return fallsSteadily(losses) ? "still_falling" : "unsettled";
}

/**
 * Whether the loss fell at every step of the last half, or its peaks from quarter to quarter: by a twentieth
 * twice in a row, since the peaks of a run that circles for ever vary by chance.
 */
function fallsSteadily(losses) {
  const quarter = Math.max(1, Math.floor((losses.length - 1) / 4));
  const half = losses.slice(-2 * quarter);
  if (half.every((loss, i) => i === 0 || loss < half[i - 1])) return true;
  if (losses.length < 3 * quarter) return false;
  const recent = losses.slice(-3 * quarter);
  const peaks = [0, 1, 2].map((i) => Math.max(...recent.slice(i * quarter, (i + 1) * quarter)));
  return peaks[1] <= 0.95 * peaks[0] && peaks[2] <= 0.95 * peaks[1];
}

/**
 * Compute everything that the lab shows.
 *
 * @param {object} settings  By the names of SCHEMA, within its ranges.
 * @param {"en"|"zh"} language
 * @returns {object}  The numbers of largemodels.descent.DescentRun under the same names in camel case, and:
 *   `lastStep` (see `takeSteps`; null if there is none), `worked` (index of the coordinate spelled out),
 *   `notes` (codes), `words` (every text: readout, rows of the table, bound, arithmetic, labels).
 */
export function describe(settings, language = "en") {
  const surface = SURFACES[settings.surface];
  const plain = settings.optimizer === "gradient_descent";
  const used = plain ? { ...settings, momentum: 0 } : settings;
  const { learning_rate: learningRate, momentum, start } = used;

  const { points, gradients, stoppedAt, lastStep } = takeSteps(surface, used);
  const losses = points.map(([w1, w2]) => surface.value(w1, w2));
  const gradientNorms = gradients.map(([g1, g2]) => length(g1, g2));
  const { curvatures } = surface;
  const hasFactors = settings.optimizer !== "adam";
  const factors = hasFactors ? curvatures.map((curvature) => spectralRadius(learningRate, curvature, momentum)) : null;
  const motions = hasFactors ? curvatures.map((curvature) => motionOf(learningRate, curvature, momentum)) : null;
  const bound = hasFactors ? learningRateBound(curvatures, momentum) : null;
  const active = surface.isQuadratic ? start.map((coordinate) => coordinate !== 0) : null;
  const unstable = motions ? motions.map(grows) : curvatures.map((curvature) => curvature < 0);
  const dormant = active ? [0, 1].filter((i) => unstable[i] && !active[i]) : [];

  let verdict;
  let rate = null;
  let stepsPerDecade = null;
  let reachedAt = null;
  if (gradientNorms[0] === 0) {
    verdict = surface.hasMinimum ? "at_rest_minimum" : "at_rest_saddle";
  } else if (surface.isQuadratic && hasFactors) {
    rate = Math.max(...factors.filter((_, i) => active[i]));
    verdict = verdictByTheory(curvatures, motions, active);
    if (verdict !== "neither" && rate > 0) stepsPerDecade = 1 / Math.abs(Math.log10(rate));
  } else {
    reachedAt = firstStepOfRest(points, gradientNorms, surface.stationaryPoint);
    verdict = verdictByRun(surface, points, losses, reachedAt, stoppedAt);
  }

  const notes = [];
  if (verdict === "diverges" && [0, 1].some((i) => active[i] && curvatures[i] < 0)) notes.push("also_leaves");
  if (dormant.length && verdict !== "stuck_on_ridge" && verdict !== "at_rest_saddle") notes.push("dormant");
  // By chance a step may land on the minimum exactly, where it rests even so.
  const rests = gradientNorms[gradientNorms.length - 1] === 0;
  if (!surface.isQuadratic && motions?.some(grows) && !rests) notes.push("unstable_minimum");
  if (stoppedAt !== null) notes.push("clipped");

  // The arithmetic is spelled out for the coordinate that is steeper at the last step.
  const worked = lastStep && Math.abs(lastStep.gradient[1]) > Math.abs(lastStep.gradient[0]) ? 1 : 0;
  const state = {
    points, losses, gradientNorms, curvatures, factors, motions, bound, active, dormant, verdict, rate,
    stepsPerDecade, reachedAt, stoppedAt, lastStep, worked, notes,
  };
  return { ...state, words: wordsFor(used, surface, state, STRINGS[language]) };
}

// ---------------------------------------------------------------------------------------------------------
// Words

function wordsFor(settings, surface, state, strings) {
  const { points, losses } = state;
  const step = points.length - 1;
  const [first, last] = [points[0], points[step]];
  return {
    readout: readoutFor(settings, surface, state, strings),
    rows: rowsFor(surface, state, strings),
    bound: boundFor(settings, surface, state, strings),
    arithmeticTitle: fill(strings.last_step, { step: state.lastStep ? state.lastStep.step : 0 }),
    arithmetic: arithmeticFor(settings, state),
    plotLabel: fill(strings.plot_label, {
      w1: formatNumber(first[0]),
      w2: formatNumber(first[1]),
      y1: formatNumber(last[0]),
      y2: formatNumber(last[1]),
      step,
    }),
    lossLabel: fill(strings.loss_label, {
      first: formatNumber(losses[0]),
      last: formatNumber(losses[step]),
      lowest: formatNumber(Math.min(...losses)),
      step,
    }),
  };
}

/** A factor with enough digits that only a factor of 1 reads "1.00". */
function formatFactor(factor, motion) {
  return motion === "holds" ? "1.00" : formatApart(factor, 1)[0];
}

function boundName(settings, index, curvatures) {
  const curvature = curvatures[index] === Math.max(...curvatures) ? "λmax" : ["λ₁", "λ₂"][index];
  return settings.optimizer === "momentum" ? `2(1+β)/${curvature}` : `2/${curvature}`;
}

/** The directions whose motion decides, by verdict. */
const DECISIVE_MOTION = {
  converges_at_once: "at_once",
  converges_zigzagging: "shrinks_flipping",
  converges_swinging: "swings",
  neither: "holds",
  diverges: "grows_flipping",
};

/** The learning rate beside the bound of one direction, with enough digits to tell them apart. */
function besideBound(settings, index, curvatures) {
  const bound = learningRateBound([curvatures[index]], settings.momentum);
  // Where they are equal up to rounding, they look equal.
  const isEqual = Math.abs(settings.learning_rate / bound - 1) < FACTOR_TOLERANCE;
  const [learningRateText, boundText] = formatApart(isEqual ? bound : settings.learning_rate, bound);
  return { learning_rate: learningRateText, bound_name: boundName(settings, index, curvatures), bound: boundText };
}

/** The sentences that say what is shown: one for the verdict, one for each note. */
function readoutFor(settings, surface, state, strings) {
  const { verdict, motions, factors, curvatures, active, rate, stepsPerDecade, losses, points } = state;
  const namesOf = (directions) => directions.map((i) => COORDINATES[i]).join(strings.and);
  const steepestOf = (directions) => directions.reduce((best, i) => (curvatures[i] > curvatures[best] ? i : best));
  let values = {
    step: points.length - 1,
    reached: state.reachedAt,
    stopped: state.stoppedAt,
    tolerance: REACHED,
    loss: formatNumber(losses[losses.length - 1]),
    distance: formatNumber(Math.abs(points[points.length - 1][1])),
    rate: rate === null ? "" : formatApart(rate, 1)[0],
    steps: stepsPerDecade === null ? "" : formatNumber(stepsPerDecade, 3),
  };
  if (verdict in DECISIVE_MOTION) {
    const decisive = [0, 1].filter((i) => active[i] && motions[i] === DECISIVE_MOTION[verdict]);
    const steepest = steepestOf(decisive);
    values = { ...values, ...besideBound(settings, steepest, curvatures), directions: namesOf(decisive) };
    values.factor = formatFactor(factors[steepest], motions[steepest]);
  }
  const byRun = settings.optimizer === "adam" && (verdict === "leaves_saddle" || verdict === "stuck_on_ridge");
  const noteValues = {
    ...values,
    ...besideBound(settings, steepestOf([0, 1]), curvatures),
    directions: namesOf(state.dormant),
  };
  return [
    fill(strings[byRun ? `${verdict}_observed` : verdict], values),
    ...state.notes.map((note) => fill(strings[note], noteValues)),
  ].join(strings.between_sentences);
}

function rowsFor(surface, { curvatures, factors, motions, active }, strings) {
  return curvatures.map((curvature, i) => {
    const meaning = motions ? strings[motions[i]] : strings.rescaled;
    return {
      direction: surface.isQuadratic ? COORDINATES[i] : [strings.along_valley, strings.across_valley][i],
      curvature: formatNumber(curvature),
      factor: factors ? formatFactor(factors[i], motions[i]) : "–",
      meaning: active && !active[i] ? strings.no_component : meaning,
    };
  });
}

function boundFor(settings, surface, { bound, curvatures }, strings) {
  if (bound === null) return strings.bound_none;
  const kind = !surface.isQuadratic ? "bound_local" : surface.hasMinimum ? "bound_bowl" : "bound_saddle";
  const steepest = curvatures[1] > curvatures[0] ? 1 : 0;
  return fill(strings[kind], { bound_name: boundName(settings, steepest, curvatures), bound: formatNumber(bound) });
}

/** The last step in numbers, a line for each thing that the optimizer computes. */
function arithmeticFor(settings, { lastStep, worked: i }) {
  if (!lastStep) return [];
  const n = formatNumber;
  const inBrackets = (value) => (value < 0 ? `(${n(value)})` : n(value));
  const name = COORDINATES[i];
  const learningRate = n(settings.learning_rate);
  const [before, after, gradient] = [lastStep.before[i], lastStep.after[i], lastStep.gradient[i]];
  if (settings.optimizer === "gradient_descent") {
    return [`${name}: ${n(after)} ← ${n(before)} − ${learningRate} · ${inBrackets(gradient)}`];
  }
  if (settings.optimizer === "momentum") {
    const [velocityBefore, velocity] = [lastStep.velocityBefore[i], lastStep.velocity[i]];
    return [
      `${["v₁", "v₂"][i]}: ${n(velocity)} ← ${n(settings.momentum)} · ${inBrackets(velocityBefore)}` +
        ` − ${learningRate} · ${inBrackets(gradient)}`,
      `${name}: ${n(after)} ← ${n(before)} + ${inBrackets(velocity)}`,
    ];
  }
  const { alpha, mean, rootMeanSquare } = lastStep;
  return [
    `${name}: ${n(after)} ← ${n(before)} − α m / (√s + ε)`,
    `= ${n(before)} − ${n(alpha)} · ${inBrackets(mean[i])} / (${n(rootMeanSquare[i])} + 10⁻⁷)`,
  ];
}

// ---------------------------------------------------------------------------------------------------------
// Pictures

const WINDOW = 2.2; // the contour picture shows -WINDOW to WINDOW, a little more than where a start can be
const windowAxis = linearAxis(-WINDOW, WINDOW);
const BANDS = 14;
const SIGNS_OF_THE_SADDLE = [
  [-1.8, 0.3, "L > 0"],
  [1.8, 0.3, "L > 0"],
  [0, 2, "L < 0"],
  [0, -2.05, "L < 0"],
];

/**
 * How many bands of colour lie between the stationary point and a loss: evenly spaced along each axis of a
 * bowl, even steps of the loss on the saddle, finer ones at the bottom of the valley.
 */
function bandScale(surface) {
  if (!surface.hasMinimum) return (loss) => (BANDS * loss) / 2;
  const corner = Math.max(surface.value(-2, 2), surface.value(-2, -2));
  if (surface.isQuadratic) return (loss) => BANDS * Math.sqrt(loss / corner);
  return (loss) => BANDS * Math.sqrt(Math.sqrt(loss / corner));
}

/**
 * Fill a canvas with bands of the loss and lines between them.
 * @param {HTMLCanvasElement} canvas
 * @param {object} surface
 * @param {object} colours  `low`, `high`, `below` (losses under zero) and `line`, as [red, green, blue].
 * @param {number} size  Side of the canvas in its own pixels; `density` of them make one of the page's.
 */
function paintBands(canvas, surface, colours, size, density) {
  canvas.width = canvas.height = size;
  const context = canvas.getContext("2d");
  const image = context.createImageData(size, size);
  const pixels = new Uint32Array(image.data.buffer);
  const inks = 17; // shades from a band's own colour to that of a line
  const shades = shadesOf(colours, inks);
  const toBand = bandScale(surface);
  const side = size + 1; // one more, for differences between neighbours
  const heights = new Float32Array(side * side);
  const pixelSize = (2 * WINDOW) / size;
  for (let row = 0; row < side; row += 1) {
    const w2 = WINDOW - (row + 0.5) * pixelSize;
    for (let column = 0; column < side; column += 1) {
      heights[row * side + column] = toBand(surface.value((column + 0.5) * pixelSize - WINDOW, w2));
    }
  }
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const at = row * side + column;
      const height = heights[at];
      const slope = length(heights[at + 1] - height, heights[at + side] - height) + 1e-9;
      const awayFromLine = Math.abs(height - Math.round(height)) / slope; // in pixels
      const ink = Math.max(0, Math.min(1, 0.5 + 0.55 * density - awayFromLine));
      pixels[row * size + column] = shades[(Math.floor(height) + 2 * BANDS) * inks + Math.round(ink * (inks - 1))];
    }
  }
  context.putImageData(image, 0, 0);
}

/** The colour of each band from -2 BANDS up, in each amount of ink from none to that of a line. */
function shadesOf({ low, high, below, line }, inks) {
  const bytes = new Uint8ClampedArray(4 * BANDS * inks * 4);
  for (let band = -2 * BANDS; band < 2 * BANDS; band += 1) {
    const share = Math.min(1, Math.abs(band + 0.5) / BANDS);
    const end = band < 0 ? below : high;
    for (let ink = 0; ink < inks; ink += 1) {
      const at = ((band + 2 * BANDS) * inks + ink) * 4;
      for (let channel = 0; channel < 3; channel += 1) {
        const own = low[channel] + (end[channel] - low[channel]) * share;
        bytes[at + channel] = own + (line[channel] - own) * 0.5 * (ink / (inks - 1));
      }
      bytes[at + 3] = 255;
    }
  }
  return new Uint32Array(bytes.buffer);
}

/** The part of a segment inside the window as [from, to] shares of it, or null (Liang and Barsky, 1984). */
function visibleShare(from, to) {
  let [enter, leave] = [0, 1];
  for (const i of [0, 1]) {
    const move = to[i] - from[i];
    if (move === 0) {
      if (Math.abs(from[i]) > WINDOW) return null;
      continue;
    }
    const crossings = [(-WINDOW - from[i]) / move, (WINDOW - from[i]) / move];
    enter = Math.max(enter, Math.min(...crossings));
    leave = Math.min(leave, Math.max(...crossings));
  }
  return enter < leave ? [enter, leave] : null;
}

const placeText = ([left, top]) => `${left.toFixed(1)},${top.toFixed(1)}`;

/**
 * Turn the path into SVG path data within the window.
 * @returns {{ line: string, far: string, dots: string, arrows: string }}  `far` are the parts that only cross
 *   the window, between two points outside; `arrows` are heads where the path leaves.
 */
function pathData(points, toPixels) {
  let line = "";
  let far = "";
  let dots = "";
  let arrows = "";
  const inside = ([w1, w2]) => Math.abs(w1) <= WINDOW && Math.abs(w2) <= WINDOW;
  let penIsDown = false;
  points.forEach((point, i) => {
    if (inside(point)) dots += `M${placeText(toPixels(point))}h0`;
    if (i === 0) return;
    const from = points[i - 1];
    const share = visibleShare(from, point);
    if (share === null) {
      penIsDown = false;
      return;
    }
    const [begin, end] = share.map((part) => toPixels([0, 1].map((k) => from[k] + part * (point[k] - from[k]))));
    if (!inside(from) && !inside(point)) {
      far += `M${placeText(begin)}L${placeText(end)}`;
      penIsDown = false;
      return;
    }
    line += (penIsDown ? "" : `M${placeText(begin)}`) + `L${placeText(end)}`;
    penIsDown = inside(point);
    if (!penIsDown) arrows += arrowHead(begin, end);
  });
  return { line, far, dots, arrows };
}

function arrowHead(begin, end) {
  const across = end[0] - begin[0];
  const down = end[1] - begin[1];
  const size = Math.hypot(across, down);
  if (size < 0.5) return ""; // too short to have a direction on the screen
  const [u, v] = [across / size, down / size];
  const corner = (side) => placeText([end[0] - 11 * u - side * 5 * v, end[1] - 11 * v + side * 5 * u]);
  return `M${placeText(end)}L${corner(1)}L${corner(-1)}Z`;
}

/** The vertical axis for losses: logarithmic where they are never negative, else symmetric logarithmic. */
function lossAxis(losses, surface) {
  const highest = Math.max(...losses);
  if (!surface.hasMinimum) return symlogAxis(Math.min(-0.1, ...losses), Math.max(0.1, highest), 0.1);
  const floor = 1e-16; // what lies below, zero included, stands at the lower end
  const top = Math.ceil(Math.log10(Math.max(highest, floor)) + 1e-9);
  const bottom = Math.min(top - 1, Math.floor(Math.log10(Math.max(Math.min(...losses), floor))));
  return logAxis(10 ** bottom, 10 ** top);
}

/** The contour picture with the path and the start, which can be dragged or moved by the arrow keys. */
function createContour({ root, strings, signal, onStart }) {
  const canvas = element("canvas", { class: "lm-bands", "aria-hidden": "true" });
  const axes = svgElement("g", {});
  const marks = svgElement("g", {});
  const halo = svgElement("path", { class: "lm-path-halo" });
  const far = svgElement("path", { class: "lm-path-far" });
  const line = svgElement("path", { class: "lm-path" });
  const dots = svgElement("path", { class: "lm-dots" });
  const arrows = svgElement("path", { class: "lm-arrows" });
  const end = svgElement("circle", { class: "lm-end", r: 5 });
  const startText = svgElement("text", { class: "lm-mark-text", "aria-hidden": "true" }, strings.start_mark);
  const svg = svgElement("svg", { role: "img" }, axes, marks, far, halo, line, dots, arrows, end, startText);
  const handle = element("button", {
    type: "button",
    class: "lm-handle",
    onpointerdown: grab,
    onpointermove: drag,
    onlostpointercapture: () => (grabbed = null),
    onkeydown: moveByKey,
    signal,
  });
  const node = element("div", { class: "lm-plot lm-contour" }, canvas, svg, handle);
  let area = null; // the picture's inside, in pixels; unknown until the page has laid it out
  let painted = ""; // what the canvas holds
  let shown = null; // the last settings and state
  let grabbed = null; // while dragging: from the pointer to the handle's middle

  const toPixels = ([w1, w2]) => [
    area.left + windowAxis.position(w1) * area.width,
    area.top + (1 - windowAxis.position(w2)) * area.height,
  ];

  function moveStart(w1, w2) {
    // Hundredths, so that a start exactly on an axis (the saddle's ridge) can be hit.
    onStart([w1, w2].map((coordinate) => Math.min(2, Math.max(-2, Math.round(coordinate * 100) / 100))));
  }

  function grab(event) {
    if (event.button !== 0) return;
    const box = handle.getBoundingClientRect();
    grabbed = [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
    handle.setPointerCapture(event.pointerId);
  }

  function drag(event) {
    if (!grabbed) return;
    const box = svg.getBoundingClientRect();
    const across = (event.clientX - grabbed[0] - box.left - area.left) / area.width;
    const down = (event.clientY - grabbed[1] - box.top - area.top) / area.height;
    moveStart(windowAxis.value(across), windowAxis.value(1 - down));
  }

  function moveByKey(event) {
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!direction || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const size = event.shiftKey ? 0.5 : 0.05;
    const [w1, w2] = shown.settings.start;
    moveStart(w1 + direction[0] * size, w2 + direction[1] * size);
  }

  function paint() {
    const surface = SURFACES[shown.settings.surface];
    const density = Math.min(2, devicePixelRatio);
    const size = Math.round(area.width * density);
    const wanted = [shown.settings.surface, size, root.dataset.lmTheme].join();
    if (painted === wanted) return;
    painted = wanted;
    const colours = Object.fromEntries(
      ["low", "high", "below", "line"].map((name) => [name, themeColour(root, `--lm-band-${name}`)]),
    );
    paintBands(canvas, surface, colours, size, density);
    const [left, top] = toPixels(surface.stationaryPoint);
    const signMark = ([w1, w2, text]) => {
      const [across, down] = toPixels([w1, w2]);
      return svgElement("text", { class: "lm-mark-text", x: across, y: down, "text-anchor": "middle" }, text);
    };
    marks.replaceChildren(
      svgElement("path", { class: "lm-target", d: `M${left - 6},${top}h12M${left},${top - 6}v12` }),
      svgElement(
        "text",
        { class: "lm-mark-text", x: left + 9, y: top + 17 },
        surface.hasMinimum ? strings.minimum_mark : strings.saddle_mark,
      ),
      ...(surface.hasMinimum ? [] : SIGNS_OF_THE_SADDLE.map(signMark)),
    );
  }

  function show(settings, state) {
    shown = { settings, state };
    svg.setAttribute("aria-label", state.words.plotLabel);
    const [w1, w2] = settings.start.map((coordinate) => formatNumber(coordinate));
    handle.setAttribute("aria-label", fill(strings.start_handle, { w1, w2 }));
    if (!area) return;
    paint();
    const data = pathData(state.points, toPixels);
    far.setAttribute("d", data.far);
    halo.setAttribute("d", data.line);
    line.setAttribute("d", data.line);
    dots.setAttribute("d", data.dots);
    arrows.setAttribute("d", data.arrows);
    const last = state.points[state.points.length - 1];
    const ends = last.every((coordinate) => Math.abs(coordinate) <= WINDOW);
    end.setAttribute("visibility", ends ? "visible" : "hidden");
    if (ends) {
      const [left, top] = toPixels(last);
      end.setAttribute("cx", left.toFixed(1));
      end.setAttribute("cy", top.toFixed(1));
    }
    const [left, top] = toPixels(settings.start);
    handle.style.transform = `translate(${left.toFixed(1)}px, ${top.toFixed(1)}px)`;
    // Its name stands on the outer side, where the path rarely goes, or beside it near the edge.
    const [side, height] = settings.start.map((coordinate) => Math.sign(coordinate) || 1);
    const beside = Math.abs(settings.start[1]) > 1.7;
    const shift = beside ? [Math.abs(settings.start[0]) > 1.5 ? -16 * side : 16 * side, 4] : [0, height > 0 ? -16 : 25];
    startText.setAttribute("x", (left + shift[0]).toFixed(1));
    startText.setAttribute("y", (top + shift[1]).toFixed(1));
    startText.setAttribute("text-anchor", shift[0] > 0 ? "start" : shift[0] < 0 ? "end" : "middle");
  }

  watchSize(node, signal, (width, height) => {
    const side = Math.min(width - 52, height - 52);
    area = { left: 44, top: 8, width: side, height: side };
    Object.assign(canvas.style, { left: "44px", top: "8px", width: `${side}px`, height: `${side}px` });
    drawAxes(axes, area, windowAxis, windowAxis, { xTitle: COORDINATES[0], yTitle: COORDINATES[1] });
    painted = "";
    if (shown) show(shown.settings, shown.state);
  });

  return { node, show, repaint: () => shown && show(shown.settings, shown.state) };
}

/** The loss at each step. */
function createLossCurve({ strings, signal }) {
  const axes = svgElement("g", {});
  const line = svgElement("path", { class: "lm-path" });
  const dots = svgElement("path", { class: "lm-dots" });
  const stop = svgElement("path", { class: "lm-stop" });
  const stopText = svgElement("text", { class: "lm-mark-text" }, strings.stopped_mark);
  const svg = svgElement("svg", { role: "img" }, axes, stop, line, dots, stopText);
  const node = element("div", { class: "lm-plot lm-loss" }, svg);
  let area = null;
  let drawnAxes = "";
  let shown = null;

  /** `axisLosses` are those that the axes must hold: while playing, more than those in `state`. */
  function show(settings, state, axisLosses) {
    shown = [settings, state, axisLosses];
    svg.setAttribute("aria-label", state.words.lossLabel);
    if (!area) return;
    const x = linearAxis(0, settings.num_steps);
    const y = lossAxis(axisLosses, SURFACES[settings.surface]);
    const wanted = [settings.num_steps, y.minimum, y.maximum, area.width, area.height].join();
    if (drawnAxes !== wanted) {
      drawnAxes = wanted;
      drawAxes(axes, area, x, y, { xTitle: strings.step_axis, yTitle: strings.loss_axis, grid: true });
    }
    const places = state.losses.map((loss, step) =>
      placeText([area.left + x.position(step) * area.width, area.top + (1 - y.position(loss)) * area.height]),
    );
    line.setAttribute("d", `M${places.join("L")}`);
    dots.setAttribute("d", settings.num_steps > 100 ? "" : places.map((place) => `M${place}h0`).join(""));
    const isStopped = state.stoppedAt !== null;
    stop.setAttribute("visibility", isStopped ? "visible" : "hidden");
    stopText.setAttribute("visibility", isStopped ? "visible" : "hidden");
    if (isStopped) {
      const left = area.left + x.position(state.stoppedAt) * area.width;
      stop.setAttribute("d", `M${left.toFixed(1)},${area.top}v${area.height}`);
      const atRight = x.position(state.stoppedAt) > 0.7;
      stopText.setAttribute("x", (left + (atRight ? -6 : 6)).toFixed(1));
      stopText.setAttribute("y", area.top + area.height - 8);
      stopText.setAttribute("text-anchor", atRight ? "end" : "start");
    }
  }

  watchSize(node, signal, (width, height) => {
    area = { left: 62, top: 8, width: width - 74, height: height - 52 };
    drawnAxes = "";
    if (shown) show(...shown);
  });

  return { node, show };
}

/** The table of directions, the bound, and the last step worked out. */
function createDetails(strings) {
  const columnHead = (text) => element("th", { scope: "col" }, text);
  const [curvatureHead, factorHead] = [columnHead(), columnHead()];
  const head = [columnHead(strings.direction), curvatureHead, factorHead, columnHead(strings.meaning)];
  const rows = [0, 1].map(() => [element("th", { scope: "row" }), ...[0, 1, 2].map(() => element("td"))]);
  const table = element(
    "table",
    { class: "lm-table" },
    element("thead", {}, element("tr", {}, head)),
    element("tbody", {}, rows.map((cells) => element("tr", {}, cells))),
  );
  const bound = element("p", { class: "lm-bound" });
  const arithmeticTitle = element("span", { class: "lm-control-name" });
  const arithmetic = [element("div", {}), element("div", {})];
  const node = element(
    "div",
    { class: "lm-details" },
    table,
    bound,
    element("div", { class: "lm-arithmetic" }, arithmeticTitle, arithmetic),
  );

  function show(settings, { words }) {
    setText(curvatureHead, SURFACES[settings.surface].isQuadratic ? strings.curvature : strings.local_curvature);
    const factor = { gradient_descent: "factor", momentum: "factor_momentum", adam: "factor_adam" }[settings.optimizer];
    setText(factorHead, strings[factor]);
    words.rows.forEach((row, i) => {
      [row.direction, row.curvature, row.factor, row.meaning].forEach((text, k) => setText(rows[i][k], text));
    });
    setText(bound, words.bound);
    setText(arithmeticTitle, words.arithmeticTitle);
    arithmetic.forEach((lineNode, i) => setText(lineNode, words.arithmetic[i] ?? ""));
  }

  return { node, show };
}

/** All controls; `change` takes new values by name. */
function createControls({ strings, language, signal, change, settings }) {
  const options = (name) => SCHEMA[name].choices.map((value) => [value, strings[`${name}_${value}`]]);
  const common = (name) => ({ label: strings[name], onChange: (value) => change({ [name]: value }), signal });
  const choice = (name) => selectControl({ ...common(name), options: options(name) });
  const slider = (name, travel) => sliderControl({ ...common(name), language, ...travel });
  const coordinate = (i) => {
    const onChange = (value) => change({ start: settings().start.map((kept, k) => (k === i ? value : kept)) });
    const label = fill(strings.start_number, { name: COORDINATES[i] });
    const { minimum, maximum } = SCHEMA.start;
    const field = numberField({ minimum, maximum, step: 0.05, onChange, signal, "aria-label": label });
    return { ...field, node: element("label", { class: "lm-coordinate" }, COORDINATES[i], field.node) };
  };

  const { learning_rate: rates, momentum: momenta, num_steps: steps } = SCHEMA;
  const surface = choice("surface");
  const optimizer = choice("optimizer");
  const learningRate = slider("learning_rate", {
    axis: logAxis(rates.minimum, rates.maximum),
    positions: 400,
    round: (value) => Number(value.toPrecision(3)),
    step: 0.001,
  });
  const momentum = slider("momentum", {
    axis: linearAxis(momenta.minimum, momenta.maximum),
    positions: 99,
    round: (value) => Math.round(value * 100) / 100,
    step: 0.01,
  });
  const numSteps = slider("num_steps", {
    axis: linearAxis(steps.minimum, steps.maximum),
    positions: steps.maximum - steps.minimum,
    round: Math.round,
    step: 1,
  });
  const start = [0, 1].map(coordinate);
  const node = element(
    "div",
    { class: "lm-controls" },
    element("div", { class: "lm-choices" }, surface.node, optimizer.node),
    learningRate.node,
    momentum.node,
    numSteps.node,
    element(
      "div",
      { class: "lm-control lm-start", role: "group", "aria-label": strings.start },
      element("span", { class: "lm-control-name" }, strings.start),
      start.map((field) => field.node),
    ),
  );

  function show(shown) {
    surface.show(shown.surface);
    optimizer.show(shown.optimizer);
    learningRate.show(shown.learning_rate);
    momentum.show(shown.momentum);
    momentum.disable(
      shown.optimizer === "gradient_descent" ? strings.momentum_unused : null,
      shown.optimizer === "adam" ? strings.momentum_adam : strings.momentum,
    );
    numSteps.show(shown.num_steps);
    start.forEach((field, i) => field.show(shown.start[i]));
  }

  return { node, show };
}

/** How a verdict is marked beside its words: as good, as bad, or neither. */
const TONES = {
  at_rest_minimum: "good",
  converges_at_once: "good",
  converges_smoothly: "good",
  converges_zigzagging: "good",
  converges_swinging: "good",
  reached: "good",
  diverges: "bad",
  blew_up: "bad",
};

// ---------------------------------------------------------------------------------------------------------
// The lab

/** Build the lab in `el`. `site` is what the site's loader passes: the deep link; undefined in notebooks. */
function render({ model, el, site }) {
  let view = buildView({ model, el, site, initial: site?.initial });
  const rebuild = () => {
    view.abort();
    view = buildView({ model, el, site }); // what the address asked for has been taken up
  };
  model.on("change:language", rebuild);
  return () => {
    model.off("change:language", rebuild);
    view.abort();
    el.replaceChildren();
  };
}

/** Build the lab's elements and wire them; the returned AbortController ends all of it. */
function buildView({ model, el, site, initial }) {
  const life = new AbortController();
  const { signal } = life;
  const language = model.get("language");
  const strings = STRINGS[language];
  const root = element("section", {
    class: "lm-lab lm-descent",
    lang: language,
    "aria-label": strings.title,
  });
  let notice = "";
  let playedSteps = null; // while playing, the steps taken so far
  let playFrame = 0;

  const binding = bindSettings({ model, schema: SCHEMA, onChange: takeUp, signal });
  const contour = createContour({ root, strings, signal, onStart: (start) => binding.change({ start }) });
  const lossCurve = createLossCurve({ strings, signal });
  const readout = createReadout(signal);
  const details = createDetails(strings);
  const settings = () => binding.current;
  const controls = createControls({ strings, language, signal, change: binding.change, settings });
  const playButton = button(strings.play, () => (playedSteps === null ? play() : stopPlaying()), signal);
  const reset = button(LAB_STRINGS[language].reset, () => binding.change(binding.initial), signal);
  const link = linkButton(site, settings, language, signal);

  function takeUp(problems) {
    notice = describeProblems(problems, SCHEMA, binding.current, strings, language);
    stopPlaying();
  }

  function draw() {
    const { current } = binding;
    const whole = describe(current, language);
    const state = playedSteps === null ? whole : describe({ ...current, num_steps: playedSteps }, language);
    contour.show(current, state);
    lossCurve.show(current, state, whole.losses);
    readout.show(state.words.readout, TONES[state.verdict] ?? "open", notice);
    details.show(current, state);
    controls.show(current);
  }

  function play() {
    const began = performance.now();
    const stepsPerSecond = Math.max(20, binding.current.num_steps / 6);
    setText(playButton, strings.pause);
    const next = (now) => {
      playedSteps = Math.max(1, Math.floor(((now - began) / 1000) * stepsPerSecond));
      if (playedSteps >= binding.current.num_steps) {
        stopPlaying();
        return;
      }
      draw();
      playFrame = requestAnimationFrame(next);
    };
    next(began);
  }

  function stopPlaying() {
    cancelAnimationFrame(playFrame);
    playedSteps = null;
    setText(playButton, strings.play);
    draw();
  }

  const lessMotion = matchMedia("(prefers-reduced-motion: reduce)");
  const allowMotion = () => {
    playButton.hidden = lessMotion.matches;
    if (lessMotion.matches) stopPlaying();
  };

  root.append(
    element("div", { class: "lm-pictures" }, contour.node, lossCurve.node),
    readout.node,
    element("div", { class: "lm-below" }, controls.node, details.node),
    element("div", { class: "lm-buttons" }, playButton, reset, link),
  );
  el.replaceChildren(root);
  watchTheme(root, signal, contour.repaint);
  lessMotion.addEventListener("change", allowMotion, { signal });
  signal.addEventListener("abort", () => cancelAnimationFrame(playFrame));
  playButton.hidden = lessMotion.matches;
  binding.change(initial ?? {});
  return life;
}

export default { render };
