(function(){
function tell(){parent.postMessage({vistka:{height:document.documentElement.offsetHeight}},"*")}
addEventListener("load",tell);
if(window.ResizeObserver)new ResizeObserver(tell).observe(document.body)})();
