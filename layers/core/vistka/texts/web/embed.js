(function(){
function tell(){parent.postMessage({vistka:{height:document.documentElement.offsetHeight}},"*")}
addEventListener("load",tell);
addEventListener("message",function(event){if(event.source===parent&&event.data&&event.data.vistka)tell()});
if(window.ResizeObserver)new ResizeObserver(tell).observe(document.body)})();
